package io.k8sfw.probes.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.k8sfw.input.InvalidInputException;
import io.k8sfw.input.Sha256;
import io.k8sfw.model.PortRange;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Untrusted;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Icmp;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.Observations;
import io.k8sfw.observation.PathReport;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.observation.SessionReport;
import io.k8sfw.observation.SourceReport;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.observation.VantageReport;
import io.k8sfw.observation.VantageReport.Capability;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import io.k8sfw.vantage.Progress;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Files between here and a place that nobody can log in to: whole and answered in full, or
/// refused.
class CarriedFilesTests {
  private static final InetAddress NODE = InetAddress.ofLiteral("10.0.0.2");
  private static final InetAddress NODE6 = InetAddress.ofLiteral("fd00::2");
  private static final InetAddress OWN = InetAddress.ofLiteral("198.51.100.7");
  private static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");

  private static Target target(InetAddress address, Protocol protocol, String ports) {
    return new Target(
        Optional.of("worker-1"),
        address,
        protocol,
        PortSet.parse(ports),
        PortSet.parse(ports),
        PortSet.parse(ports).intersect(PortSet.of(179)));
  }

  private static ProbeOrder order(String place, String ports) {
    return new ProbeOrder(
        place,
        List.of(target(NODE, Protocol.TCP, ports), target(NODE6, Protocol.UDP, "53")),
        Pace.POLITE,
        -7,
        true,
        1000);
  }

  private static CarriedPlan plan(String matrix, String inventory, String place, String ports) {
    return CarriedPlan.of(matrix.repeat(64), inventory.repeat(64), order(place, ports), NOW);
  }

  private static final CarriedPlan PLAN = plan("a", "b", "branch", "22, 80, 179");

  /// What the branch saw of 22, 80 and 179, and of udp/53.
  private static Observations seen(Optional<String> interrupted) {
    Measured open = new Measured(PortState.OPEN, Reason.SYN_ACK, Optional.empty(), 1, 1, false);
    Measured prohibited =
        new Measured(
            PortState.FILTERED,
            Reason.ADMIN_PROHIBITED,
            Optional.of(new Icmp(3, 13, InetAddress.ofLiteral("10.9.9.9"))),
            3,
            3,
            false);
    return new Observations(
        NOW,
        NOW.plusSeconds(5),
        List.of(
            new VantageReport(
                "branch",
                "local",
                Set.of(Capability.ERROR_QUEUE),
                Optional.of(Untrusted.of("a \u202e \"word\" \n of \ud800 caution")),
                321)),
        List.of(
            new TargetReading(
                "branch",
                NODE,
                Protocol.TCP,
                List.of(
                    new PortRun(new PortRange(22, 22), open, 812),
                    new PortRun(new PortRange(80, 80), prohibited, 900),
                    new PortRun(
                        new PortRange(179, 179), new Unmeasured(Untrusted.of("guarded")), -1))),
            new TargetReading(
                "branch",
                NODE6,
                Protocol.UDP,
                List.of(
                    new PortRun(
                        new PortRange(53, 53), new Unmeasured(Untrusted.of("stopped")), -1)))),
        List.of(
            new Control("branch", NODE, Control.Kind.POSITIVE, Control.Phase.BEFORE, 22, true, "x"),
            new Control(
                "branch",
                InetAddress.ofLiteral("192.0.2.1"),
                Control.Kind.NEGATIVE,
                Control.Phase.AFTER,
                443,
                true,
                "silent")),
        List.of(new PathReport("branch", NODE, 100, 1, 0.0467, 4, Optional.of("lost"))),
        List.of(),
        List.of(),
        interrupted,
        List.of(new SessionReport("branch", NODE, 179, true, false)),
        List.of(new SourceReport("branch", NODE, Optional.of(OWN), Optional.empty())),
        List.of());
  }

  private static byte[] observed(CarriedPlan plan, Observations seen) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      CarriedObservations.write(plan, (_, _) -> seen, Progress.SILENT, out);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return out.toByteArray();
  }

  private static final byte[] OBSERVED = observed(PLAN, seen(Optional.empty()));

  private static CarriedObservations read(byte[] bytes) throws InvalidInputException {
    return CarriedObservations.read("there.jsonl", bytes, Map.of("branch", PLAN));
  }

  @Test
  void aPlanComesBackWithoutNodesAndWitnesses() throws Exception {
    CarriedPlan back = CarriedPlan.read("branch.plan", PLAN.file());

    assertThat(back).isEqualTo(PLAN);
    assertThat(back.order().targets())
        .hasSize(2)
        .allMatch(t -> t.node().isEmpty() && t.witnessable().isEmpty());
    assertThat(back.order().targets().getFirst().guarded()).isEqualTo(PortSet.of(179));
    assertThat(back.order().pace()).isEqualTo(Pace.POLITE);
    assertThat(back.expires()).isAfter(NOW);
    assertThat(new String(PLAN.file(), UTF_8))
        .doesNotContain("worker-1")
        .doesNotContainIgnoringCase("required")
        .doesNotContainIgnoringCase("forbidden");
  }

  @Test
  void observationsComeBackAsTheyWereAndSayWhen() throws Exception {
    Observations seen = seen(Optional.of("interrupted"));
    CarriedObservations back = read(observed(PLAN, seen));

    assertThat(back.place()).isEqualTo("branch");
    assertThat(back.seen().readings()).isEqualTo(seen.readings());
    assertThat(back.seen().controls()).isEqualTo(seen.controls());
    assertThat(back.seen().paths()).isEqualTo(seen.paths());
    assertThat(back.seen().sessions()).isEqualTo(seen.sessions());
    assertThat(back.seen().sources()).isEqualTo(seen.sources());
    assertThat(back.seen().interrupted()).contains("interrupted");
    VantageReport report = back.seen().vantages().getFirst();
    assertThat(report.capabilities()).containsExactly(Capability.ERROR_QUEUE);
    assertThat(report.probesSent()).isEqualTo(321);
    assertThat(report.taken().orElseThrow().finished()).isEqualTo(NOW.plusSeconds(5));
    assertThat(report.transport()).isEqualTo("offline");
  }

  @Test
  void nobodyAtTheNodesTookPart() throws Exception {
    String told =
        new String(OBSERVED, UTF_8)
            .replace("\"bothEnds\":false", "\"bothEnds\":true")
            .replace("\"seen\":null", "\"seen\":\"198.51.100.8\"");
    assertThat(told).contains("\"bothEnds\":true", "198.51.100.8");

    CarriedObservations back = read(resealed(told));

    assertThat(back.seen().sessions()).noneMatch(SessionReport::bothEnds);
    assertThat(back.seen().sources()).noneMatch(s -> s.seen().isPresent());
  }

  @Test
  void whatWasCarriedJoinsWhatIsSeenHere() throws Exception {
    CarriedObservations carried = read(OBSERVED);
    Observations here =
        new Observations(
            NOW,
            NOW,
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            Optional.empty(),
            List.of(new SessionReport("here", NODE, 179, true, true)),
            List.of(new SourceReport("here", NODE, Optional.empty(), Optional.of(OWN))),
            List.of());

    Observations both =
        new WithCarried((_, _) -> here, List.of(carried))
            .observe(List.of(PLAN.order()), Progress.SILENT);

    assertThat(both.readings()).isEqualTo(carried.seen().readings());
    assertThat(both.sessions())
        .containsAll(here.sessions())
        .containsAll(carried.seen().sessions())
        .hasSize(2);
    assertThat(both.sources())
        .containsAll(here.sources())
        .containsAll(carried.seen().sources())
        .hasSize(2);
  }

  @Test
  void aFileTornAnywhereIsRefused() {
    for (int length = 0; length < PLAN.file().length; length++) {
      byte[] torn = Arrays.copyOf(PLAN.file(), length);
      assertThatThrownBy(() -> CarriedPlan.read("branch.plan", torn))
          .as("%d bytes", length)
          .isInstanceOf(InvalidInputException.class)
          .hasMessageStartingWith("branch.plan:");
    }
    for (int length = 0; length < OBSERVED.length; length++) {
      byte[] torn = Arrays.copyOf(OBSERVED, length);
      assertThatThrownBy(() -> read(torn))
          .as("%d bytes", length)
          .isInstanceOf(InvalidInputException.class)
          .hasMessageStartingWith("there.jsonl:");
    }
  }

  @Test
  void everyBitCounts() {
    byte[] plan = PLAN.file();
    for (int bit = 0; bit < 8 * plan.length; bit++) {
      byte[] flipped = flipped(plan, bit);
      assertThatThrownBy(() -> CarriedPlan.read("branch.plan", flipped))
          .as("bit %d", bit)
          .isInstanceOf(InvalidInputException.class);
    }
    for (int bit = 0; bit < 8 * OBSERVED.length; bit++) {
      byte[] flipped = flipped(OBSERVED, bit);
      assertThatThrownBy(() -> read(flipped))
          .as("bit %d", bit)
          .isInstanceOf(InvalidInputException.class);
    }
  }

  private static byte[] flipped(byte[] bytes, int bit) {
    byte[] flipped = bytes.clone();
    flipped[bit / 8] ^= (byte) (1 << (bit % 8));
    return flipped;
  }

  @Test
  void moreAfterTheEndIsRefused() {
    byte[] more = Arrays.copyOf(OBSERVED, OBSERVED.length + 1);
    more[OBSERVED.length] = '\n';
    assertThatThrownBy(() -> read(more)).isInstanceOf(InvalidInputException.class);
  }

  @Test
  void oneFileIsNotTheOther() {
    assertThatThrownBy(() -> read(PLAN.file()))
        .hasMessageContaining(
            "there.jsonl:1:1: is a plan of k8sfw-audit, not observations of k8sfw-audit");
    assertThatThrownBy(() -> CarriedPlan.read("branch.plan", OBSERVED))
        .hasMessageContaining("is observations of k8sfw-audit, not a plan");
  }

  @Test
  void anotherBuildIsRefusedWhateverItsLinesMean() {
    byte[] other =
        resealed(
            new String(PLAN.file(), UTF_8)
                .replace("\"format\":1,", "\"format\":2,")
                .replace("\"guarded\"", "\"spared\""));
    assertThatThrownBy(() -> CarriedPlan.read("branch.plan", other))
        .hasMessageContaining("branch.plan:1:1: was written by k8sfw-audit")
        .hasMessageContaining("(format 2)")
        .hasMessageContaining("use the same at both places");
  }

  @ParameterizedTest
  @CsvSource({
    "c, b, branch, '22, 80, 179', was taken for another matrix",
    "a, c, branch, '22, 80, 179', was taken for another inventory",
    "a, b, branch, '22, 80', was asked for other ports",
    "a, b, office, '22, 80, 179', 'was taken at office, which is no offline vantage point'"
  })
  void answersToAnotherQuestionAreRefused(
      String matrix, String inventory, String place, String ports, String why) {
    byte[] bytes = observed(plan(matrix, inventory, place, ports), seen(Optional.empty()));
    assertThatThrownBy(() -> read(bytes)).hasMessageContaining("there.jsonl:2:1: " + why);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"22\" | \"23\" | reports on tcp/23, 80, 179 of 10.0.0.2, and 22, 80, 179 was ordered",
        "\"80\" | \"79-80\" | reports on tcp/22, 79-80, 179 of 10.0.0.2",
        "\"80\" | \"22\" | reports on tcp/22, 179",
        "fd00::2 | fd00::3 | fd00::3, which was not ordered",
        "192.0.2.1 | 192.0.2.2 | is about 192.0.2.2, which was not ordered",
        "\"readings\":2 | \"readings\":3 | does not hold everything that was ordered"
      })
  void answersThatNobodyAskedForAreRefused(String what, String instead, String why) {
    byte[] changed = resealed(new String(OBSERVED, UTF_8).replace(what, instead));
    assertThatThrownBy(() -> read(changed))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(why)
        .hasMessageMatching("there\\.jsonl:([2-9]|1[01]):1: .*");
  }

  @Test
  void anAnswerThatIsMissingOrThereTwiceIsRefused() {
    List<String> lines = new String(OBSERVED, UTF_8).lines().toList();
    String udp =
        lines.stream()
            .filter(l -> l.contains("\"UDP\"") || l.contains("\"udp\""))
            .findFirst()
            .orElseThrow();
    String text = new String(OBSERVED, UTF_8);
    assertThatThrownBy(() -> read(resealed(text.replace(udp + "\n", ""))))
        .hasMessageContaining("does not hold everything");
    assertThatThrownBy(() -> read(resealed(text.replace(udp, udp + "\n" + udp))))
        .hasMessageContaining("reports again or unasked on udp of fd00::2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.53", "169.254.169.254", "224.0.0.1"})
  void aPlanForWhatIsNotOnItsListOrIsNeverProbedIsRefused(String address) {
    String text = new String(PLAN.file(), UTF_8);
    int ask = text.indexOf("\"Ask\"");
    byte[] changed =
        resealed(text.substring(0, ask) + text.substring(ask).replace("10.0.0.2", address));
    assertThatThrownBy(() -> CarriedPlan.read("branch.plan", changed))
        .hasMessageContaining("branch.plan:4:1: is refused: the agent");
  }

  @Test
  void aPlanThatGoesFasterThanAnyAgentDoesIsRefused() {
    String text = new String(PLAN.file(), UTF_8);
    byte[] changed = resealed(text.replace("\"perSecond\":200", "\"perSecond\":2000000"));
    assertThatThrownBy(() -> CarriedPlan.read("branch.plan", changed))
        .hasMessageContaining("is refused: the agent refused a pace");
  }

  @Test
  void aPaceThatNoAuditKnowsIsRefused() {
    String text = new String(PLAN.file(), UTF_8);
    byte[] changed = resealed(text.replace("\"inFlight\":256", "\"inFlight\":257"));
    assertThatThrownBy(() -> CarriedPlan.read("branch.plan", changed))
        .hasMessageContaining("branch.plan:3:1: is refused: no audit asks for such a pace");
  }

  private static byte[] resealed(String file) {
    String body = file.substring(0, file.lastIndexOf("{\"sha256\""));
    return (body + "{\"sha256\":\"" + Sha256.of(body) + "\"}\n").getBytes(UTF_8);
  }
}
