# Sourced by the scripts here: builds what is not built, and sets java_options.
root=$(dirname "$here")
. "$root/.mvn/jdk.sh"
set +f

if [ "$(id -u)" != 0 ]; then
  echo "bench: needs root, for network namespaces" >&2
  exit 4
fi
"$root/k8sfw-audit" version >/dev/null
if [ ! -d "$here/target/lib" ] || [ -n "$(find "$here/pom.xml" "$here/src" "$root"/scanner-core/src/main "$root"/probes/src/main "$root"/test-fixtures/src/main -newer "$here/target/lib" -type f | head -n 1)" ]; then
  echo "bench: building ..." >&2
  (cd "$root" && ./mvnw -B -ntp -q -pl bench -am -Dmaven.test.skip=true -Dspotless.check.skip=true -Dcyclonedx.skip=true package) >&2
  touch "$here/target/lib"
fi
java_options="-Droot=$root --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -XX:+UseSerialGC -Xmx1g"
