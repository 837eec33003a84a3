package io.k8sfw.kubernetes;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// An exec that we may ask for, and that leads nowhere.
final class NoExecException extends IOException {
  private static final long serialVersionUID = 1L;

  private final boolean afterTheApiServer;

  /// @param afterTheApiServer whether the API server itself answers: what fails is behind it
  NoExecException(String cause, boolean afterTheApiServer, @Nullable Throwable e) {
    super(cause, e);
    this.afterTheApiServer = afterTheApiServer;
  }

  boolean isAfterTheApiServer() {
    return afterTheApiServer;
  }
}
