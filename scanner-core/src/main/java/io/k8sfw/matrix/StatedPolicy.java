package io.k8sfw.matrix;

import io.k8sfw.matrix.Policy.Denial;
import io.k8sfw.matrix.Policy.Listeners;
import io.k8sfw.matrix.Policy.Tls;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What a matrix says of the policy in so many words, before defaults fill the rest.
record StatedPolicy(
    Optional<List<ProtocolPorts>> forbiddenPorts,
    Optional<Denial> denial,
    Optional<String> minVersion,
    Optional<Integer> certificateDaysLeft,
    Optional<Listeners> listeners) {
  static final StatedPolicy NOTHING =
      new StatedPolicy(
          Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

  /// Forbidden ports add up; of the rest the later wins.
  StatedPolicy and(StatedPolicy later) {
    return new StatedPolicy(
        forbiddenPorts.isEmpty() && later.forbiddenPorts.isEmpty()
            ? Optional.empty()
            : Optional.of(
                Stream.concat(forbiddenPorts.stream(), later.forbiddenPorts.stream())
                    .flatMap(List::stream)
                    .distinct()
                    .toList()),
        later.denial.or(() -> denial),
        later.minVersion.or(() -> minVersion),
        later.certificateDaysLeft.or(() -> certificateDaysLeft),
        later.listeners.or(() -> listeners));
  }

  Policy policy() {
    Policy defaults = Policy.DEFAULT;
    return new Policy(
        forbiddenPorts.orElse(defaults.forbiddenPorts()),
        denial.orElse(defaults.denial()),
        new Tls(
            minVersion.orElse(defaults.tls().minVersion()),
            certificateDaysLeft.orElse(defaults.tls().certificateDaysLeft())),
        listeners.orElse(defaults.listeners()));
  }
}
