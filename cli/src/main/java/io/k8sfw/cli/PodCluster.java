package io.k8sfw.cli;

import io.k8sfw.inventory.Agent;
import io.k8sfw.inventory.VantagePoint;
import io.k8sfw.kubernetes.ClusterConnection;
import io.k8sfw.kubernetes.PodAgents;
import io.k8sfw.kubernetes.PodPlace;
import io.k8sfw.kubernetes.PodSettings;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/// The cluster that agents as pods are started in, and how.
record PodCluster(ClusterConnection connection, PodSettings settings) implements AutoCloseable {
  private static final String LETTERS = "bcdfghjklmnpqrstvwxz2456789";
  private static final int LENGTH = 8;

  /// @param points those that are pods are started; at least one
  /// @param cancelled whether nobody wants them any more
  PodAgents start(List<VantagePoint> points, BooleanSupplier cancelled) {
    List<PodPlace> places = points.stream().flatMap(point -> place(point).stream()).toList();
    return PodAgents.start(connection, settings, run(), places, cancelled);
  }

  private static Optional<PodPlace> place(VantagePoint point) {
    return point.agent() instanceof Agent.Pod(Optional<String> node)
        ? Optional.of(
            new PodPlace(point.name(), point.node().or(() -> node), point.node().isPresent()))
        : Optional.empty();
  }

  /// As Kubernetes makes up names: no vowels, so no words.
  private static String run() {
    return new SecureRandom()
        .ints(LENGTH, 0, LETTERS.length())
        .mapToObj(i -> LETTERS.substring(i, i + 1))
        .collect(Collectors.joining());
  }

  @Override
  public void close() {
    connection.close();
  }
}
