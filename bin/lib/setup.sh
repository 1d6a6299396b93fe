# shellcheck shell=bash
# What the commands in bin/ share: finding Java and Maven, and long steps with a progress display.
# To be sourced. Works with the bash 3.2 of macOS.

say() {
  printf '%s\n' "$*"
}

die() {
  printf 'bin/%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# Whether a person at a terminal sees the output.
on_terminal() {
  [ -t 1 ] && [ "${TERM:-dumb}" != dumb ]
}

# Finds a JDK 17 or newer, in JAVA_HOME before all others, or installs one. Exports JAVA_HOME.
ensure_java() {
  find_java && return
  install_packages jdk
  find_java || die "the JDK that was installed is not version 17 or newer"
}

# Finds Maven 3.8 or newer, or installs it.
ensure_maven() {
  find_maven && return
  install_packages maven
  find_maven || die "the Maven that was installed is not version 3.8 or newer"
}

# Finds npm, or installs it where that goes by itself; fails if it is not there then.
ensure_npm() {
  command -v npm >/dev/null && return
  [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null && (apt_install npm npm)
}

# Installs the browsers that the tests drive, where that goes by itself. A test whose program is not there is
# skipped, and says so.
ensure_browsers() {
  ensure_programs 'browsers for the tests' \
    chromium chromium firefox-esr firefox-esr WebKitWebDriver webkit2gtk-driver Xvfb xvfb
}

# The same for the servers and tools that docker/ and docs/ are held against.
ensure_servers() {
  ensure_programs 'servers and tools for the tests' \
    nginx nginx-light redis-server redis-server redis-cli redis-tools prometheus prometheus \
    promtool prometheus openssl openssl curl curl mkdocs mkdocs codespell codespell
}

# ensure_built NAME MODULES FILE...: builds the module NAME of the repository $root, which stands on the
# others, unless nothing of them has changed since the last time and the files are there.
ensure_built() {
  local name=$1 modules=$2 work=$root/$1/target stamp=$root/$1/target/bin-$1.built
  shift 2
  mkdir -p "$work"
  # Two that are started at once build once, where there is flock.
  exec 9>"$work/bin-$name.lock"
  ! command -v flock >/dev/null || flock 9
  if ! is_built "$work" "$stamp" "$modules" "$@"; then
    ensure_maven
    # Changes made during the build count for the next one.
    printf '%s\n' "$root" >"$stamp.new"
    run_step 'Build the extension and fetch Keycloak' "$work/bin-$name.log" \
      mvn -B -f "$root/pom.xml" -pl "$name" -am package -Dmaven.test.skip=true
    mv "$stamp.new" "$stamp"
  fi
  exec 9>&-
}

# run_step TITLE LOG COMMAND...: runs the command with its output in the log file. Meanwhile shows
# the time and what Maven is at: in one line on a terminal, in a line per module elsewhere. Shows the
# end of the log and exits when the command fails.
run_step() {
  local title=$1 log=$2 start=$SECONDS status=0 shown='' module pid
  shift 2
  "$@" >"$log" 2>&1 </dev/null &
  pid=$!
  # A command in the background does not get the Ctrl-C of the terminal.
  # shellcheck disable=SC2064
  trap "kill $pid 2>/dev/null || true; wait $pid 2>/dev/null || true; echo; exit 130" INT TERM HUP
  on_terminal || say "$title ..."
  while kill -0 "$pid" 2>/dev/null; do
    if on_terminal; then
      printf '\r\033[K..  %.*s' "$(($(columns) - 5))" "$title ($((SECONDS - start)) s) $(maven_state "$log")"
    else
      module=$(maven_module "$log")
      [ "$module" = "$shown" ] || say "  $module"
      shown=$module
    fi
    sleep 0.5
  done
  wait "$pid" || status=$?
  trap - INT TERM HUP
  on_terminal && printf '\r\033[K'
  if [ "$status" -ne 0 ]; then
    tail -n 40 "$log" >&2
    die "failed: $title (exit code $status); the whole log is in $log"
  fi
  say "ok  $title ($((SECONDS - start)) s)"
}

# --- the rest is for the functions above ---

# Whether nothing has changed since the last build. A directory changes with a file that is deleted.
is_built() {
  local work=$1 stamp=$2 module sources=("$root/pom.xml" "$root/browser-sdk/sso-logout.js") home file
  for module in $3; do
    sources+=("$root/$module/pom.xml")
    ! [ -d "$root/$module/src/main" ] || sources+=("$root/$module/src/main")
  done
  shift 3
  for file in "$@"; do
    [ -f "$file" ] || return 1
    [ "${file##*/}" != classpath ] || class_path_is_there "$file" || return 1
  done
  home=$(sed -n 's/^keycloak\.home=//p' \
    "$root/launcher/target/classes/dev/ssologout/launcher/launcher.properties" 2>/dev/null) || return
  [ "$(cat "$stamp" 2>/dev/null)" = "$root" ] \
    && [ -f "$work/classpath" ] \
    && [ -x "$home/bin/kc.sh" ] \
    && [ -z "$(find "${sources[@]}" -newer "$stamp" -print -quit)" ] \
    && class_path_is_there "$work/classpath"
}

class_path_is_there() {
  local entry entries
  IFS=: read -r -a entries <"$1" || true
  for entry in "${entries[@]}"; do
    [ -f "$entry" ] || return 1
  done
}

# ensure_programs TITLE [PROGRAM PACKAGE]...: packages of Debian.
ensure_programs() {
  local title=$1 missing='' packages=''
  shift
  while [ $# -gt 0 ]; do
    # Servers are not in every user's PATH.
    if ! PATH=$PATH:/usr/sbin command -v "$1" >/dev/null; then
      missing="$missing $1"
      packages="$packages $2"
    fi
    shift 2
  done
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    # shellcheck disable=SC2086
    (apt_install "$title" $packages) && return
  fi
  say "Not found, so that the tests that need them are skipped:$missing" >&2
}

columns() {
  local width
  # It asks its standard error for the width.
  width=$(command -v tput >/dev/null && tput cols) || width=80
  printf '%s' "$((width > 20 ? width : 80))"
}

maven_module() {
  sed -n 's/^\[INFO\] Building \(.*\) [^ ][^ ]*  *\(\[[0-9]*\/[0-9]*\]\)$/\2 \1/p' "$1" | tail -n 1
}

maven_state() {
  local last file doing=''
  last=$(tail -n 1 "$1")
  case $last in
    *Downloading\ from*)
      file=${last##*/}
      doing=": downloading $file"
      case $file in
        keycloak-quarkus-dist-*.tar.gz) doing=": downloading Keycloak$(keycloak_megabytes)" ;;
      esac
      ;;
    *Unpacking*) doing=': unpacking Keycloak' ;;
  esac
  printf '%s%s' "$(maven_module "$1")" "$doing"
}

# How much there is of the one file that takes long, where the local repository is where it is usually.
keycloak_megabytes() {
  local megabytes
  megabytes=$(du -sm "$HOME/.m2/repository/org/keycloak/keycloak-quarkus-dist" 2>/dev/null | cut -f 1) || true
  [ -z "$megabytes" ] || printf ', %s MB' "$megabytes"
}

find_java() {
  local home javac
  javac=$(command -v javac) || javac=''
  [ -z "$javac" ] || javac=$(readlink -f "$javac" 2>/dev/null || printf '%s' "$javac")
  for home in "${JAVA_HOME:-}" "${javac%/bin/javac}" /usr/lib/jvm/* \
    "$(/usr/libexec/java_home -v 17+ 2>/dev/null || true)" \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
    if [ -n "$home" ] && [ "$(java_major "$home")" -ge 17 ]; then
      export JAVA_HOME=$home
      return 0
    fi
    if [ -n "$home" ] && [ "$home" = "${JAVA_HOME:-}" ]; then
      say "JAVA_HOME is no JDK 17 or newer; looking for another" >&2
    fi
  done
  return 1
}

java_major() {
  local version
  version=$("$1/bin/javac" -version 2>/dev/null) || version=''
  version=${version#javac }
  version=${version%%[!0-9]*}
  printf '%s' "${version:-0}"
}

find_maven() {
  local version
  version=$(mvn --version 2>/dev/null) || return 1
  version=$(printf '%s' "$version" | sed -n 's/.*Apache Maven \([0-9]*\)\.\([0-9]*\).*/\1 \2/p')
  # shellcheck disable=SC2086
  set -- $version
  [ $# -eq 2 ] && { [ "$1" -gt 3 ] || { [ "$1" -eq 3 ] && [ "$2" -ge 8 ]; }; }
}

# install_packages jdk|maven: with apt as root, else says how.
install_packages() {
  local package
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    apt_updated_once
    package=$(debian_package "$1")
    apt_install "$package" "$package"
    return
  fi
  case $1 in
    jdk) say 'A JDK 17 or newer is needed:' ;;
    maven) say 'Maven 3.8 or newer is needed:' ;;
  esac >&2
  cat >&2 <<END
  Debian, Ubuntu:  sudo apt-get install $(debian_package jdk) maven
  Fedora:          sudo dnf install java-21-openjdk-devel maven
  macOS:           brew install openjdk@21 maven
END
  exit 1
}

apt_updated_once() {
  local log
  [ -z "${apt_updated:-}" ] || return 0
  log=$(mktemp)
  run_step 'Ask apt for its packages' "$log" apt-get update
  apt_updated=yes
  rm -f "$log"
}

# apt_install TITLE PACKAGE...
apt_install() {
  local title=$1 log policy=/usr/sbin/policy-rc.d
  shift
  apt_updated_once
  log=$(mktemp)
  (
    # Debian starts a server that it installs; the tests start their own.
    if ! [ -e "$policy" ]; then
      trap 'rm -f "$policy"' EXIT
      printf '#!/bin/sh\nexit 101\n' >"$policy"
      chmod +x "$policy"
    fi
    run_step "Install $title" "$log" \
      env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
  ) || exit
  rm -f "$log"
}

debian_package() {
  local package
  if [ "$1" = maven ]; then
    printf 'maven'
    return
  fi
  for package in openjdk-21-jdk-headless openjdk-17-jdk-headless; do
    if [ -n "$(apt-cache search --names-only "^$package\$" 2>/dev/null)" ]; then
      printf '%s' "$package"
      return
    fi
  done
  printf 'default-jdk-headless'
}
