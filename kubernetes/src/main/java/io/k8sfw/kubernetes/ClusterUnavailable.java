package io.k8sfw.kubernetes;

/// The cluster cannot be asked, or does not answer what was asked. The message is one line for
/// people; names and texts in it come from files and from the cluster, and may hold anything.
public final class ClusterUnavailable extends Exception {
  private static final long serialVersionUID = 1L;

  /// @param message what is wrong, and what would help where that is known
  public ClusterUnavailable(String message) {
    super(message);
  }

  ClusterUnavailable(String message, Throwable cause) {
    super(message, cause);
  }

  /// One line, never null.
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
