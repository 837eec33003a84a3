package io.k8sfw.cli;

import io.k8sfw.input.InvalidInputException;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.matrix.MatrixReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;

/// A cluster of one node on this machine's loopback: one required port that listens, one required
/// port that does not, and one that listens and must not be reachable.
final class LoopbackDemo implements AutoCloseable {
  private final ServerSocket wanted = listener();
  private final ServerSocket unwanted = listener();
  private final int closed;

  LoopbackDemo() throws IOException {
    try (ServerSocket briefly = listener()) {
      closed = briefly.getLocalPort();
    }
  }

  private static ServerSocket listener() throws IOException {
    return new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
  }

  Matrix matrix() {
    try {
      return MatrixReader.read("demo-matrix.yaml", matrixYaml().getBytes(StandardCharsets.UTF_8));
    } catch (InvalidInputException e) {
      throw new IllegalStateException("the demo's own matrix can be read", e);
    }
  }

  String matrixYaml() {
    return """
    matrix: loopback
    version: 1
    rules:
    - id: wanted
      to: worker
      protocol: tcp
      ports: %d
      from: [external]
      expect: required
      purpose: Listens, and must
      reference: k8sfw-audit demo
    - id: closed
      to: worker
      protocol: tcp
      ports: %d
      from: [external]
      expect: required
      purpose: Must listen, and does not
      reference: k8sfw-audit demo
    watch: [tcp/%d]
    """
        .formatted(wanted.getLocalPort(), closed, unwanted.getLocalPort());
  }

  String inventoryYaml() {
    return """
    inventory: loopback
    loopback: true
    nodes:
    - {name: here, zones: [worker], addresses: ["%s"]}
    vantage:
    - {name: beside, zones: [external], agent: local}
    """
        .formatted(wanted.getInetAddress().getHostAddress());
  }

  @Override
  public void close() throws IOException {
    wanted.close();
    unwanted.close();
  }
}
