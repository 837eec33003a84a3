package io.k8sfw.input;

/// One thing that is wrong in what the user wrote.
///
/// @param where the place
/// @param path where in the document, such as `rules[3].ports`; empty for the whole
/// @param message what is wrong; what is accepted
public record Problem(SourcePosition where, String path, String message) {
  /// `matrix.yaml:17:12: rules[3].ports: "3000-" is not a port or range; write …`
  @Override
  public String toString() {
    return where + ": " + (path.isEmpty() ? "" : path + ": ") + message;
  }
}
