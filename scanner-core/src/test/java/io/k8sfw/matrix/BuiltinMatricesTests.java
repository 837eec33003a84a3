package io.k8sfw.matrix;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Zone;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BuiltinMatricesTests {
  static List<String> names() {
    return BuiltinMatrices.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyBuiltInMatrixCanBeRead(String name) {
    Matrix matrix = BuiltinMatrices.find(name).orElseThrow();
    assertThat(matrix.name()).isEqualTo(name);
    assertThat(matrix.source()).isEqualTo("builtin:" + name);
    assertThat(matrix.rules())
        .allSatisfy(r -> {
          assertThat(r.purpose()).isNotBlank();
          assertThat(r.reference()).isNotBlank();
        });
  }

  @Test
  void anUnknownNameIsNoMatrix() {
    assertThat(BuiltinMatrices.names())
        .containsExactly("seed", "seed-corrected", "kubeadm", "flannel");
    assertThat(BuiltinMatrices.find("../seed")).isEmpty();
    assertThat(BuiltinMatrices.text("none")).isEmpty();
  }

  @Test
  void theTextIsTheFile() {
    byte[] text = BuiltinMatrices.text("seed").orElseThrow();
    assertThat(new String(text, UTF_8)).contains("\nmatrix: seed\n");
  }

  /// One row of the document's tables, in the words of our model.
  private record TableRow(Zone to, Protocol protocol, PortSet ports, SortedSet<Zone> from) {}

  @Test
  void everyRowOfTheDocumentIsARuleOfTheSeedInTheSameOrder() throws Exception {
    List<TableRow> rules =
        BuiltinMatrices.find("seed").orElseThrow().rules().stream()
            .filter(r -> r.address() == AddressScope.DEFAULT)
            .map(r -> new TableRow(r.to().first(), r.protocol(), r.ports(), asWritten(r)))
            .toList();
    assertThat(rules).hasSize(13).isEqualTo(document());
  }

  /// "External" of the document is anybody outside, which the rules spell out.
  private static SortedSet<Zone> asWritten(Rule rule) {
    return rule.from().contains(Zone.EXTERNAL)
        ? new TreeSet<>(List.of(Zone.EXTERNAL))
        : rule.from();
  }

  @Test
  void theNetworkingLayerIsOpenForTcpAndUdpOnOverlayAddresses() {
    List<Rule> rules =
        BuiltinMatrices.find("seed").orElseThrow().rules().stream()
            .filter(r -> r.address() == AddressScope.OVERLAY)
            .toList();
    assertThat(rules)
        .extracting(Rule::id)
        .containsExactly(
            "seed-overlay-interfaces-tcp",
            "seed-overlay-interfaces-udp",
            "seed-overlay-nodes-tcp",
            "seed-overlay-nodes-udp");
    assertThat(rules)
        .allSatisfy(r -> {
          assertThat(r.expect()).isEqualTo(Expectation.PATH);
          assertThat(r.ports()).isEqualTo(PortSet.ALL);
          assertThat(r.to()).isEqualTo(new TreeSet<>(Zones.ROLES));
        });
  }

  @Test
  void conditionsOfTheDocumentAreConditionsOfTheRules() {
    Matrix seed = BuiltinMatrices.find("seed").orElseThrow();
    Facts vxlan = Facts.declared(Map.of("cni", "flannel", "backend", "vxlan"));
    assertThat(seed.rules().stream().filter(r -> r.when().in(vxlan) == Condition.Holds.NO))
        .extracting(Rule::id)
        .containsExactly("seed-worker-all", "seed-worker-8285", "seed-worker-179");
  }

  private static List<TableRow> document() throws Exception {
    List<TableRow> rows = new ArrayList<>();
    Zone to = Zone.POD;
    for (String line : resource("seed-tables.md").lines().toList()) {
      Matcher heading =
          Pattern.compile("### (.+?)(?: inbound)?", Pattern.CASE_INSENSITIVE).matcher(line);
      if (heading.matches()) {
        to = zones(heading.group(1)).first();
      } else if (line.startsWith("| TCP") || line.startsWith("| UDP")) {
        String[] cells = line.split("\\|", -1);
        rows.add(
            new TableRow(
                to,
                new Protocol(cells[1].strip().toLowerCase(Locale.ROOT)),
                PortSet.parse(cells[2]),
                sources(cells[3])));
      }
    }
    return rows;
  }

  private static SortedSet<Zone> sources(String cell) {
    SortedSet<Zone> zones = new TreeSet<>();
    for (String word : cell.split(",(?: and)?", -1)) {
      SortedSet<Zone> meant = zones(word);
      boolean anybodyOutside = meant.contains(Zone.EXTERNAL);
      zones.addAll(anybodyOutside ? Zones.of(Zone.EXTERNAL) : meant);
    }
    return zones;
  }

  private static SortedSet<Zone> zones(String word) {
    return ZoneWords.BUILT_IN.zones(word).orElseThrow(() -> new AssertionError(word));
  }

  private static String resource(String name) throws Exception {
    try (InputStream in = BuiltinMatricesTests.class.getResourceAsStream(name)) {
      return new String(java.util.Objects.requireNonNull(in).readAllBytes(), UTF_8);
    }
  }
}
