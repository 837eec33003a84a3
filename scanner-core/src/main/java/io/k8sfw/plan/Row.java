package io.k8sfw.plan;

import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;

/// Ports that the matrix always names together: one line of the reports.
///
/// @param ports [PortSet#ALL] for an `ALL` row, of which the checks hold a sample
public record Row(Protocol protocol, PortSet ports) implements Comparable<Row> {
  /// By protocol, then by first port, `ALL` last.
  @Override
  public int compareTo(Row other) {
    int byProtocol = protocol.compareTo(other.protocol);
    if (byProtocol != 0) {
      return byProtocol;
    }
    int byAll = Boolean.compare(ports.isAll(), other.ports.isAll());
    if (byAll != 0 || ports.isEmpty() || other.ports.isEmpty()) {
      return byAll;
    }
    int byFirst = ports.ranges().getFirst().compareTo(other.ports.ranges().getFirst());
    return byFirst != 0 ? byFirst : ports.toString().compareTo(other.ports.toString());
  }

  /// `tcp/2379-2380`.
  @Override
  public String toString() {
    return protocol + "/" + ports;
  }
}
