"""Resources → Graph: every reference resolved once, in three states, as traffic would follow it."""
