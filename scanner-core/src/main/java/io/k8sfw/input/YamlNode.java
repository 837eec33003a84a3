package io.k8sfw.input;

import java.util.List;

/// What a YAML file says, with places and without meaning: text is text, whatever it looks like.
sealed interface YamlNode {
  SourcePosition where();

  /// @param plain without quotes, and no block
  record Scalar(SourcePosition where, String text, boolean plain) implements YamlNode {
    /// Whether nothing was written (YAML 1.2.2 section 10.3.2: the ways to write null).
    boolean isNull() {
      return plain
          && switch (text) {
            case "", "~", "null", "Null", "NULL" -> true;
            default -> false;
          };
    }
  }

  record Sequence(SourcePosition where, List<YamlNode> items) implements YamlNode {}

  /// @param entries in the order of the file, each key once
  record Mapping(SourcePosition where, List<Entry> entries) implements YamlNode {}

  record Entry(SourcePosition keyAt, String key, YamlNode value) {}

  /// Something whose problem has been told already.
  record Broken(SourcePosition where) implements YamlNode {}
}
