package io.k8sfw.inventory;

import io.k8sfw.input.YamlFields;
import io.k8sfw.input.YamlValue;
import io.k8sfw.matrix.Matrix;
import io.k8sfw.matrix.Rule;
import io.k8sfw.matrix.Zones;
import io.k8sfw.model.AddressClass;
import io.k8sfw.model.Zone;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Reads what an audit leaves out on purpose.
final class ScopeReader {
  private final Matrix matrix;
  private final Set<String> ruleIds;

  ScopeReader(Matrix matrix) {
    this.matrix = matrix;
    this.ruleIds = new LinkedHashSet<>(matrix.rules().stream().map(Rule::id).toList());
  }

  List<Scope> read(YamlValue value) {
    List<Scope> scopes = new ArrayList<>();
    for (YamlValue item : value.items()) {
      YamlFields fields = item.fields("rule", "zone", "address", "reason");
      String reason = fields.require("reason").flatMap(ScopeReader::reason).orElse("");
      int before = scopes.size();
      int keys = 0;
      for (String key : List.of("rule", "zone", "address")) {
        Optional<YamlValue> what = fields.get(key);
        keys += what.isPresent() ? 1 : 0;
        what.ifPresent(v -> scopes.addAll(scopes(key, v, reason)));
      }
      if (keys != 1 && item.isMapping()) {
        item.reject("names " + keys + " things; write one of rule, zone and address");
        scopes.subList(before, scopes.size()).clear();
      }
    }
    return scopes;
  }

  private List<? extends Scope> scopes(String key, YamlValue value, String reason) {
    return switch (key) {
      case "rule" ->
          value.text().filter(t -> isRule(value, t)).stream()
              .map(id -> new Scope.OfRule(id, reason))
              .toList();
      case "zone" ->
          Zones.read(value, matrix.aliases()).stream()
              .map(Zone::name)
              .map(zone -> new Scope.OfZone(zone, reason))
              .toList();
      default ->
          value
              .word("an address class", List.of(AddressClass.values()), AddressClass::word)
              .stream()
              .map(type -> new Scope.OfAddress(type, reason))
              .toList();
    };
  }

  private boolean isRule(YamlValue value, String id) {
    boolean known = ruleIds.contains(id);
    if (!known) {
      value.rejectWord(id, "a rule of " + matrix.source(), ruleIds);
    }
    return known;
  }

  private static Optional<String> reason(YamlValue value) {
    Optional<String> reason = value.text();
    if (reason.isPresent() && reason.get().isBlank()) {
      value.reject("is blank; say why this is left out");
    }
    return reason;
  }
}
