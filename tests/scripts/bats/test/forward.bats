setup_file() {
  kubectl port-forward svc/web 8080:80 3>&- &
  echo $! > "$BATS_FILE_TMPDIR/pid"
}
teardown_file() {
  kill "$(cat "$BATS_FILE_TMPDIR/pid")"
}
@test "the page is there" {
  curl -sf localhost:8080
}
