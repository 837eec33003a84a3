# Runs on a node, in whatever POSIX sh(1) it has: sees to it that the agent is in the cache, whole, and
# becomes the agent. Says what it needs and why it cannot in lines that begin with "k8sfw-audit ".
# Before it stand the variables hash, size, manifest, files, kib, machine, loader, java, cache, options.
set -u
umask 077
LC_ALL=C
export LC_ALL
PATH=${PATH:+$PATH:}/usr/local/bin:/usr/bin:/bin
unset CDPATH CLASSPATH JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS
new=

say() {
  printf 'k8sfw-audit %s\n' "$*"
}

# The obstacle's name, and its details in one line.
end() {
  say "cannot $(printf '%s' "$*" | tr '\n' ' ')"
  exit 3
}

trap '[ -z "$new" ] || rm -rf "$new"' EXIT
trap 'exit 3' HUP INT TERM PIPE

# Every file is what the archive's maker wrote, there is no other, and nobody else could change one.
intact() (
  [ ! -L "$1" ] && [ -O "$1" ] && cd "$1" 2>/dev/null &&
    [ -z "$(find . -perm -020 -o -perm -002)" ] &&
    [ "$(sha256sum 2>/dev/null <manifest)" = "$manifest  -" ] &&
    sha256sum -c manifest >/dev/null 2>&1 &&
    [ "$(find . ! -type d | wc -l)" -eq "$files" ]
) 2>/dev/null

for tool in uname tr mkdir mktemp df sed head sha256sum gzip tar find wc mv rm touch; do
  command -v $tool >/dev/null 2>&1 || end tool $tool
done

if [ -z "$java" ]; then
  here="$(uname -s) $(uname -m)"
  [ "$here" = "Linux $machine" ] || end platform "$here"
  [ -e "$loader" ] || end libc "$loader"
else
  [ -x "$java" ] || end java-missing "$java"
  version=$("$java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
  [ "${version:-0}" -ge 25 ] || end java-old "${version:-of no known version}"
fi

if [ -z "$cache" ]; then
  cache=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
  [ -n "$cache" ] || end home
fi
cache=$cache/k8sfw-audit
why=$(mkdir -p "$cache" 2>&1) || end cache "$why"
[ -O "$cache" ] || end owner "$cache"
agent=$cache/$hash

install() {
  new=$(mktemp -d "$cache/.new.XXXXXX" 2>&1) || {
    why=$new
    new=
    end cache "$why"
  }
  left=$(df -Pk "$cache" 2>/dev/null | sed -n '$s/.* \([0-9][0-9]*\)  *[0-9-][0-9]*%.*/\1/p')
  [ "${left:-$kib}" -ge "$kib" ] || end space "$left $cache"
  if [ -z "$java" ]; then
    printf '#!/bin/sh\nexit 0\n' 2>/dev/null >"$new/try" || end space "0 $cache"
    chmod 700 "$new/try"
    "$new/try" 2>/dev/null || end noexec "$cache"
  fi
  say "need $hash"
  why=$({ head -c "$size" >"$new/archive"; } 2>&1) || end write "$why"
  [ "$(sha256sum <"$new/archive")" = "$hash  -" ] || end torn "$(wc -c <"$new/archive")"
  why=$({ mkdir "$new/$hash" && cd "$new/$hash" && gzip -dc ../archive | tar -xof -; } 2>&1)
  intact "$new/$hash" || end write "$why"
  if [ -z "$java" ]; then
    why=$("$new/$hash/bin/java" -version 2>&1) || end run "$why"
  fi
  # A rename, which fails where another run was quicker: then its copy is as good.
  intact "$agent" || mv "$agent" "$new/damaged" 2>/dev/null
  mv "$new/$hash" "$cache/" 2>/dev/null
  intact "$agent" || end cache "$agent cannot be replaced"
  rm -rf "$new"
  new=
}

intact "$agent" || install
# Whatever was not started for a month is not running: no agent lives longer than a day.
touch "$agent" 2>/dev/null
find "$cache" -mindepth 1 -maxdepth 1 ! -name "$hash" \( -name '.new.*' -mtime +0 -o -mtime +30 \) \
  -exec rm -rf {} + 2>/dev/null

say ready
cd /
trap - EXIT HUP INT TERM PIPE
exec "${java:-$agent/bin/java}" $options -Djava.library.path="$agent/native" -cp "$agent/jars/*" \
  io.k8sfw.probes.agent.AgentMain
