package io.k8sfw.probes.agent;

/// An agent in a process of its own that is of the same build as the tests: a package has its
/// version from wherever its first class comes from.
final class AgentUnderTest {
  private AgentUnderTest() {}

  public static void main(String[] args) throws InterruptedException {
    AgentMain.main(args);
  }
}
