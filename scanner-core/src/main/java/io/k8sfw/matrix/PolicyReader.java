package io.k8sfw.matrix;

import io.k8sfw.input.YamlFields;
import io.k8sfw.input.YamlValue;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Reads the part of a matrix that says what DEVIATES means.
final class PolicyReader {
  private PolicyReader() {}

  static StatedPolicy read(YamlValue value) {
    YamlFields fields = value.fields("forbiddenPorts", "denial", "tls", "unlistedListeners");
    Optional<YamlFields> tls =
        fields.get("tls").map(v -> v.fields("minVersion", "certificateDaysLeft"));
    return new StatedPolicy(
        fields.get("forbiddenPorts").map(Ports::readList),
        fields.get("denial").flatMap(PolicyReader::denial),
        tls.flatMap(f -> f.get("minVersion")).flatMap(PolicyReader::version),
        tls.flatMap(f -> f.get("certificateDaysLeft")).flatMap(v -> v.integer(0, 3650)),
        fields.get("unlistedListeners").flatMap(PolicyReader::listeners));
  }

  private static Optional<Policy.Denial> denial(YamlValue value) {
    return value.word("a denial", List.of(Policy.Denial.values()), Policy.Denial::word);
  }

  private static Optional<Policy.Listeners> listeners(YamlValue value) {
    return value.word(
        "what to make of listeners", List.of(Policy.Listeners.values()), Policy.Listeners::word);
  }

  private static Optional<String> version(YamlValue value) {
    return value.word("a TLS version", List.of("1.2", "1.3"), Function.identity());
  }
}
