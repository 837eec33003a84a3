package io.k8sfw.cli;

import java.io.IOException;
import java.net.ServerSocket;

/// What runs on a node of a [ContainerCluster], with nothing but a Java runtime: accepts on TCP
/// ports, and hangs up.
final class NodeListeners {
  private static final int BACKLOG = 512;

  private NodeListeners() {}

  /// @param ports of all addresses
  public static void main(String[] ports) throws IOException {
    for (String port : ports) {
      ServerSocket server = new ServerSocket(Integer.parseInt(port), BACKLOG);
      Thread.ofPlatform().name("port-" + port).start(() -> accept(server));
    }
    System.out.println("listening");
  }

  private static void accept(ServerSocket server) {
    while (true) {
      try {
        server.accept().close();
      } catch (IOException _) {
        // Whoever came has gone already.
      }
    }
  }
}
