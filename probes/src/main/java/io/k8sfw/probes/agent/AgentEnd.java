package io.k8sfw.probes.agent;

import java.io.InputStream;
import java.io.OutputStream;

/// The controller's end of the way to an agent.
public interface AgentEnd {
  /// What the agent says.
  InputStream in();

  /// What it hears.
  OutputStream out();

  /// What is known of the end of an agent that went away unasked, for people: waits a moment to
  /// learn it.
  String epitaph();

  /// Ends the agent at once, if it is still there. May be called often, from any thread.
  void kill();

  /// Waits for the agent, whose input is closed, to end by itself; then ends it. Nothing of it is
  /// left when this returns.
  void bury();
}
