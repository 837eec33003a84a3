package io.k8sfw.matrix;

import io.k8sfw.input.YamlFields;
import io.k8sfw.input.YamlValue;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Reads the part of a matrix that says what DEVIATES means. What is not written has its default.
final class PolicyReader {
  private PolicyReader() {}

  static Policy read(YamlValue value) {
    YamlFields fields = value.fields("forbiddenPorts", "denial", "tls");
    return new Policy(
        fields.get("forbiddenPorts").map(Ports::readList).orElse(Policy.DEFAULT.forbiddenPorts()),
        fields.get("denial").flatMap(PolicyReader::denial).orElse(Policy.DEFAULT.denial()),
        fields.get("tls").map(PolicyReader::tls).orElse(Policy.DEFAULT.tls()));
  }

  private static Optional<Policy.Denial> denial(YamlValue value) {
    return value.word("a denial", List.of(Policy.Denial.values()), Policy.Denial::word);
  }

  private static Policy.Tls tls(YamlValue value) {
    YamlFields fields = value.fields("minVersion", "certificateDaysLeft");
    Policy.Tls defaults = Policy.DEFAULT.tls();
    return new Policy.Tls(
        fields
            .get("minVersion")
            .flatMap(v -> v.word("a TLS version", List.of("1.2", "1.3"), Function.identity()))
            .orElse(defaults.minVersion()),
        fields
            .get("certificateDaysLeft")
            .flatMap(v -> v.integer(0, 3650))
            .orElse(defaults.certificateDaysLeft()));
  }
}
