package io.k8sfw.kubernetes;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// An exec that we may ask for, and that leads nowhere.
final class NoExecException extends IOException {
  private static final long serialVersionUID = 1L;

  NoExecException(String cause, @Nullable Throwable e) {
    super(cause, e);
  }
}
