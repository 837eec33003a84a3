package io.k8sfw.matrix;

import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;

/// Ports of one protocol, written `tcp/10248-10259`.
public record ProtocolPorts(Protocol protocol, PortSet ports) {
  @Override
  public String toString() {
    return protocol + "/" + ports;
  }
}
