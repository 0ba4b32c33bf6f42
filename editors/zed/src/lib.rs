//! Tells Zed how `klint server` is started, and gives it the settings that Zed has for it.

use zed_extension_api as zed;
use zed_extension_api::serde_json::{json, Value};
use zed_extension_api::settings::{CommandSettings, LspSettings};

const MISSING: &str = "klint is not on the PATH of this folder: pip install 'klint-k8s[editor]'";

struct Klint;

impl zed::Extension for Klint {
    fn new() -> Self {
        Klint
    }

    fn language_server_command(
        &mut self,
        id: &zed::LanguageServerId,
        worktree: &zed::Worktree,
    ) -> zed::Result<zed::Command> {
        let said = LspSettings::for_worktree(id.as_ref(), worktree)?.binary;
        command(said, || worktree.which("klint"), worktree.shell_env())
    }

    fn language_server_workspace_configuration(
        &mut self,
        id: &zed::LanguageServerId,
        worktree: &zed::Worktree,
    ) -> zed::Result<Option<Value>> {
        Ok(configuration(
            LspSettings::for_worktree(id.as_ref(), worktree)?.settings,
        ))
    }
}

/// The program that the settings name, else the one on the PATH. What lies in the folder is never run by itself.
fn command(
    said: Option<CommandSettings>,
    found: impl FnOnce() -> Option<String>,
    env: Vec<(String, String)>,
) -> zed::Result<zed::Command> {
    let (path, arguments) = said.map_or((None, None), |said| (said.path, said.arguments));
    Ok(zed::Command {
        command: path.or_else(found).ok_or(MISSING)?,
        args: arguments.unwrap_or_else(|| vec!["server".into()]),
        env,
    })
}

/// What the server asks for: the settings in the section that is klint's.
fn configuration(settings: Option<Value>) -> Option<Value> {
    settings.map(|settings| json!({ "klint": settings }))
}

zed::register_extension!(Klint);

#[cfg(test)]
mod tests {
    use super::*;

    fn said(path: Option<&str>, arguments: Option<&[&str]>) -> Option<CommandSettings> {
        let path = path.map(String::from);
        let arguments = arguments.map(|words| words.iter().map(|word| word.to_string()).collect());
        Some(CommandSettings {
            path,
            arguments,
            env: None,
        })
    }

    fn words(said: Option<CommandSettings>, found: Option<&str>) -> zed::Result<Vec<String>> {
        let made = command(said, || found.map(String::from), Vec::new())?;
        Ok([vec![made.command], made.args].concat())
    }

    #[test]
    fn what_is_on_the_path_is_started() {
        assert_eq!(
            words(None, Some("/usr/bin/klint")).unwrap(),
            ["/usr/bin/klint", "server"]
        );
    }

    #[test]
    fn what_the_settings_name_goes_before_it() {
        let path = said(Some("/opt/klint"), None);
        assert_eq!(
            words(path, Some("/usr/bin/klint")).unwrap(),
            ["/opt/klint", "server"]
        );
        let all = said(Some("uvx"), Some(&["klint", "server"]));
        assert_eq!(words(all, None).unwrap(), ["uvx", "klint", "server"]);
    }

    #[test]
    fn without_klint_it_says_how_to_get_it() {
        assert_eq!(words(said(None, None), None), Err(MISSING.to_string()));
    }

    #[test]
    fn settings_are_in_a_section_of_their_own() {
        assert_eq!(configuration(None), None);
        let settings = json!({ "render": "never" });
        assert_eq!(
            configuration(Some(settings.clone())),
            Some(json!({ "klint": settings }))
        );
    }
}
