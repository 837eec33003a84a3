package io.k8sfw.input;

/// A place in a file that a person wrote.
///
/// @param file as the user named it, or `builtin:NAME`
/// @param line from 1; 0 when the problem is the file as a whole
/// @param column from 1; 0 when the problem is the file as a whole
public record SourcePosition(String file, int line, int column) {
  public static SourcePosition wholeFile(String file) {
    return new SourcePosition(file, 0, 0);
  }

  /// How a sentence about `other` names this place: `on line 12` of the same file, `at
  /// builtin:flannel:12:3` of another.
  public String seenFrom(SourcePosition other) {
    return file.equals(other.file) ? "on line " + line : "at " + this;
  }

  @Override
  public String toString() {
    return line == 0 ? file : file + ":" + line + ":" + column;
  }
}
