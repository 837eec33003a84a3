package io.k8sfw.input;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The keys of one mapping.
public final class YamlFields {
  private final YamlValue owner;
  private final Map<String, YamlValue> values;
  private final List<String> misspelt;

  /// @param misspelt accepted keys that an unknown key is probably meant to be
  YamlFields(YamlValue owner, Map<String, YamlValue> values, List<String> misspelt) {
    this.owner = owner;
    this.values = values;
    this.misspelt = misspelt;
  }

  public Optional<YamlValue> get(String key) {
    return Optional.ofNullable(values.get(key));
  }

  /// Tells when the key is missing, but for one that was told to be misspelt.
  public Optional<YamlValue> require(String key) {
    Optional<YamlValue> value = get(key);
    if (value.isEmpty() && owner.isMapping() && !misspelt.contains(key)) {
      owner.reject("has no " + key);
    }
    return value;
  }
}
