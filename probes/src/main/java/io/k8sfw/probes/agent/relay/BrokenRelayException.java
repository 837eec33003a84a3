package io.k8sfw.probes.agent.relay;

import java.io.IOException;

/// A relay that waiting does not mend.
public final class BrokenRelayException extends IOException {
  private static final long serialVersionUID = 1L;

  public BrokenRelayException(String cause) {
    super(cause);
  }

  public BrokenRelayException(String cause, Throwable e) {
    super(cause, e);
  }
}
