package io.k8sfw.input;

import io.k8sfw.model.Untrusted;
import org.jspecify.annotations.Nullable;

/// The way from a file's root to a value. Its text is only made for the few that have a problem.
record YamlPath(@Nullable YamlPath parent, String step) {
  static final YamlPath ROOT = new YamlPath(null, "");

  YamlPath key(String key) {
    return new YamlPath(this, (parent == null ? "" : ".") + Untrusted.of(key));
  }

  YamlPath index(int index) {
    return new YamlPath(this, "[" + index + "]");
  }

  /// `rules[3].ports`; empty for the root.
  @Override
  public String toString() {
    return parent == null ? step : parent + step;
  }
}
