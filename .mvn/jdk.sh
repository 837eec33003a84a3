# Sourced by ./mvnw and ./k8sfw-audit: points JAVA_HOME at a JDK 25 or newer, whatever `java` on PATH is.
# Reads JAVA_VERSION from each candidate's `release` file, so that nothing is started to find out.

k8sfw_is_new_enough() {
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
  while read -r k8sfw_line || [ -n "$k8sfw_line" ]; do
    case $k8sfw_line in
      JAVA_VERSION=\"*)
        k8sfw_version=${k8sfw_line#*\"}
        k8sfw_version=${k8sfw_version%%[!0-9]*}
        [ "${k8sfw_version:-0}" -ge 25 ]
        return
        ;;
    esac
  done <"$1/release"
  return 1
}

k8sfw_find_jdk() {
  set +f
  for k8sfw_home in "${JAVA_HOME:-}" "${JDK_HOME:-}" /usr/lib/jvm/*25* /usr/lib/jvm/* /opt/*jdk* /opt/java/* \
    "${HOME:-/nonexistent}"/.sdkman/candidates/java/* "${HOME:-/nonexistent}"/.jdks/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    if [ -n "$k8sfw_home" ] && k8sfw_is_new_enough "$k8sfw_home"; then
      JAVA_HOME=$k8sfw_home
      export JAVA_HOME
      set -f
      return 0
    fi
  done
  set -f
  return 1
}

if ! k8sfw_find_jdk; then
  echo "k8sfw-audit needs a JDK 25 or newer, and found none (looked at JAVA_HOME, /usr/lib/jvm, /opt, ~/.sdkman and ~/.jdks)." >&2
  echo "Install one, for example Eclipse Temurin 25 from https://adoptium.net (package temurin-25-jdk), or set JAVA_HOME to it." >&2
  exit 4
fi
