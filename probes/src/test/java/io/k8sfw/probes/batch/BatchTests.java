package io.k8sfw.probes.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Control.Kind;
import io.k8sfw.observation.Control.Phase;
import io.k8sfw.observation.Icmp;
import io.k8sfw.observation.Observation;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.Observation.Unmeasured;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.probes.wire.Answer;
import io.k8sfw.probes.wire.Outcome;
import io.k8sfw.probes.wire.Prober;
import io.k8sfw.vantage.Allowance;
import io.k8sfw.vantage.Oversight;
import io.k8sfw.vantage.Pace;
import io.k8sfw.vantage.ProbeOrder;
import io.k8sfw.vantage.ProbeOrder.Target;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.VantageReading;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class BatchTests {
  private static final InetAddress TARGET = InetAddress.ofLiteral("10.0.0.1");
  private static final Pace PACE =
      new Pace(
          "test",
          1_000_000,
          1_000_000,
          64,
          64,
          List.of(Duration.ofMillis(10), Duration.ofMillis(20), Duration.ofMillis(30)),
          Duration.ofMillis(5));

  /// Answers after a millisecond, or is silent for as long as it is waited for.
  private static final class ScriptedProber implements Prober {
    private final Map<Integer, AtomicInteger> asked = new HashMap<>();

    /// How often a port was asked from the source port of an earlier attempt.
    private final Map<Integer, Integer> askedAgain = new HashMap<>();

    private final Script script;
    private final QuickTimeline timeline;

    interface Script {
      Outcome answer(int port, int time);
    }

    ScriptedProber(Script script) {
      this(script, new QuickTimeline());
    }

    ScriptedProber(Script script, QuickTimeline timeline) {
      this.script = script;
      this.timeline = timeline;
    }

    int asked(int port) {
      AtomicInteger times = asked.get(port);
      return times == null ? 0 : times.get();
    }

    @Override
    public void attempt(InetAddress address, int port, Duration patience, Consumer<Answer> sink) {
      int time = asked.computeIfAbsent(port, _ -> new AtomicInteger()).incrementAndGet();
      Outcome outcome = script.answer(port, time);
      long takes = outcome instanceof Outcome.Silent ? patience.toNanos() : 1_000_000;
      // The source port tells the target port, so that nobody mixes them up.
      timeline.in(takes, () -> sink.accept(new Answer(outcome, 1000, port)));
    }

    @Override
    public void again(
        InetAddress address, int port, int source, Duration patience, Consumer<Answer> sink) {
      assertThat(source).isEqualTo(port);
      askedAgain.merge(port, 1, Integer::sum);
      attempt(address, port, patience, sink);
    }
  }

  private static ScriptedProber tracked(int trackedAtMost, ScriptedProber.Script script)
      throws Exception {
    ScriptedProber prober = new ScriptedProber(script);
    ProbeOrder order =
        new ProbeOrder("here", List.of(target(TARGET, "1-400")), PACE, 1, false, trackedAtMost);
    batch(order, prober, Progress.SILENT).run();
    return prober;
  }

  /// Whether the script refuses it, so that it serves as a canary.
  private static boolean refuses(int port) {
    return port > 400 || port <= 20;
  }

  @Test
  void silentPortsKeepTheirSourcePortWhereTrackingAllowsLittle() throws Exception {
    ScriptedProber.Script script = (port, _) -> refuses(port) ? Outcome.REFUSED : Outcome.SILENT;

    ScriptedProber little = tracked(800, script);
    int again = little.askedAgain.values().stream().mapToInt(Integer::intValue).sum();
    // One of the repetitions of each at least: by then enough canaries have answered.
    assertThat(again).isGreaterThan(300);
    assertThat(tracked(100_000, script).askedAgain).isEmpty();
  }

  @Test
  void wherePacketsAreLostEveryAttemptHasASourcePortOfItsOwn() throws Exception {
    int[] canaries = {0};

    ScriptedProber lossy =
        tracked(
            800,
            (port, time) -> {
              boolean canary = refuses(port) && time > 1;
              boolean lost = canary && canaries[0]++ % 5 == 0;
              return refuses(port) && !lost ? Outcome.REFUSED : Outcome.SILENT;
            });

    long again = lossy.askedAgain.values().stream().mapToInt(Integer::intValue).sum();
    long asked = 0;
    for (int port = 21; port <= 400; port++) {
      asked += lossy.asked(port);
    }
    assertThat(again).isLessThan(asked / 10);
  }

  @Test
  void nothingNewIsSentWithoutNewWordFromWhoReadsTheTables() throws Exception {
    QuickTimeline timeline = new QuickTimeline();
    ScriptedProber prober = new ScriptedProber((_, _) -> Outcome.SILENT, timeline);
    int[] looks = {0};
    Progress stingy =
        new Progress() {
          @Override
          public void settled(String vantage, long ports) {}

          @Override
          public boolean cancelled() {
            return looks[0] > 5000;
          }

          @Override
          public Allowance allowance() {
            return looks[0]++ < 1000 ? new Allowance(1, 7) : new Allowance(2, 3);
          }
        };

    run(prober, target(TARGET, "1-400"), stingy);

    int asked = prober.asked.values().stream().mapToInt(AtomicInteger::get).sum();
    assertThat(asked).isEqualTo(10);
  }

  private static VantageReading run(ScriptedProber prober, String ports) throws Exception {
    return run(prober, target(TARGET, ports), Progress.SILENT);
  }

  private static VantageReading run(ScriptedProber prober, Target target, Progress progress)
      throws Exception {
    ProbeOrder order = new ProbeOrder("here", List.of(target), PACE, 1, false, Integer.MAX_VALUE);
    return batch(order, prober, progress).run();
  }

  private static Batch batch(ProbeOrder order, ScriptedProber prober, Progress progress) {
    return new Batch(
        order, Map.of(Protocol.TCP, prober), true, new Semaphore(1000), prober.timeline, progress);
  }

  private static Target target(InetAddress address, String ports) {
    return new Target(
        Optional.empty(), address, Protocol.TCP, PortSet.parse(ports), PortSet.NONE, PortSet.NONE);
  }

  private static Observation at(VantageReading reading, int port) {
    return reading.readings().getFirst().at(port).orElseThrow().observation();
  }

  private static List<Control> controls(VantageReading reading, Kind kind) {
    return reading.controls().stream().filter(c -> c.kind() == kind).toList();
  }

  private static Measured measured(
      PortState state, Reason reason, int sent, int answered, boolean unstable) {
    return new Measured(state, reason, Optional.empty(), sent, answered, unstable);
  }

  @Test
  void answeredPortIsAskedOnce() throws Exception {
    ScriptedProber prober =
        new ScriptedProber((port, _) -> port == 80 ? Outcome.OPEN : Outcome.REFUSED);
    VantageReading reading = run(prober, "80, 1000-1063");
    assertThat(at(reading, 80)).isEqualTo(measured(PortState.OPEN, Reason.SYN_ACK, 1, 1, false));
    assertThat(at(reading, 1000)).isEqualTo(measured(PortState.CLOSED, Reason.RESET, 1, 1, false));
    assertThat(prober.asked(80)).isBetween(1, 5);
  }

  @Test
  void silentPortIsAskedAsOftenAsThePaceSays() throws Exception {
    ScriptedProber prober =
        new ScriptedProber((port, _) -> port == 80 ? Outcome.SILENT : Outcome.REFUSED);
    VantageReading reading = run(prober, "80-400");
    assertThat(at(reading, 80))
        .isEqualTo(measured(PortState.FILTERED, Reason.NO_RESPONSE, 3, 3, false));
    assertThat(prober.asked(80)).isEqualTo(3);
    assertThat(controls(reading, Kind.POSITIVE)).isNotEmpty().allMatch(Control::holds);
    assertThat(controls(reading, Kind.POSITIVE)).anyMatch(c -> c.phase() == Phase.BEFORE);
    assertThat(controls(reading, Kind.POSITIVE)).anyMatch(c -> c.phase() == Phase.AFTER);
  }

  @Test
  void noPortIsAskedInVainBeforeTheFirstAnswer() throws Exception {
    ScriptedProber prober =
        new ScriptedProber((port, _) -> port >= 49152 ? Outcome.REFUSED : Outcome.SILENT);
    run(prober, "1000-1999");
    for (int port = 1000; port < 2000; port++) {
      assertThat(prober.asked(port)).isEqualTo(3);
    }
  }

  @Test
  void addressThatSaysNothingIsAskedAllTheSame() throws Exception {
    ScriptedProber prober = new ScriptedProber((_, _) -> Outcome.SILENT);
    VantageReading reading = run(prober, "1000-1999");
    assertThat(reading.readings().getFirst().runs())
        .allSatisfy(run ->
            assertThat(((Measured) run.observation()).reason()).isEqualTo(Reason.NO_RESPONSE));
  }

  @Test
  void refusalAfterSilenceTellsOfTheLoss() throws Exception {
    VantageReading reading =
        run(
            new ScriptedProber(
                (port, time) -> port == 80 && time < 3 ? Outcome.SILENT : Outcome.REFUSED),
            "80-400");
    assertThat(at(reading, 80)).isEqualTo(measured(PortState.CLOSED, Reason.RESET, 3, 1, false));
  }

  @Test
  void openAfterSilenceThatStaysOpenLostOnePacket() throws Exception {
    ScriptedProber prober =
        new ScriptedProber((port, time) ->
            port == 80 ? (time == 1 ? Outcome.SILENT : Outcome.OPEN) : Outcome.REFUSED);
    VantageReading reading = run(prober, "80-400");
    assertThat(at(reading, 80)).isEqualTo(measured(PortState.OPEN, Reason.SYN_ACK, 6, 5, false));
  }

  @Test
  void openAfterSilenceThatDoesNotStayIsUnstable() throws Exception {
    ScriptedProber prober =
        new ScriptedProber((port, time) ->
            port == 80 ? (time % 2 == 1 ? Outcome.SILENT : Outcome.OPEN) : Outcome.REFUSED);
    Measured port80 = (Measured) at(run(prober, "80-400"), 80);
    assertThat(port80.state()).isEqualTo(PortState.OPEN);
    assertThat(port80.unstable()).isTrue();
    assertThat(port80.answered()).isLessThan(port80.sent());
    assertThat(prober.asked(80)).isLessThanOrEqualTo(25);
  }

  @Test
  void lossOnTheWayMakesNoPortUnstable() throws Exception {
    Random random = new Random(7);
    ScriptedProber prober =
        new ScriptedProber((_, _) -> random.nextInt(100) < 19 ? Outcome.SILENT : Outcome.OPEN);
    VantageReading reading = run(prober, "1-1000");
    assertThat(reading.readings().getFirst().runs())
        .allSatisfy(run -> {
          Measured measured = (Measured) run.observation();
          assertThat(measured.state()).isEqualTo(PortState.OPEN);
          assertThat(measured.unstable()).isFalse();
        });
    assertThat(reading.paths())
        .singleElement()
        .satisfies(path -> {
          assertThat(path.asked()).isGreaterThan(90);
          assertThat(path.loss()).isBetween(0.12, 0.35);
          assertThat(path.attempts()).isBetween(6, 14);
          assertThat(path.slowed()).isEmpty();
        });
  }

  @Test
  void moreIsAskedOfAPathThatLosesMore() throws Exception {
    Random random = new Random(8);
    ScriptedProber prober =
        new ScriptedProber(
            (port, _) -> port == 80 || random.nextInt(100) < 19 ? Outcome.SILENT : Outcome.REFUSED);
    Measured port80 = (Measured) at(run(prober, "80-600"), 80);
    assertThat(port80.reason()).isEqualTo(Reason.NO_RESPONSE);
    assertThat(port80.sent()).isBetween(7, 14);
  }

  @Test
  void pathThatLosesMostOfAllTellsNothingOfSilence() throws Exception {
    Random random = new Random(9);
    ScriptedProber prober =
        new ScriptedProber(
            (port, _) -> port == 80 || random.nextInt(100) < 65 ? Outcome.SILENT : Outcome.REFUSED);
    Unmeasured port80 = (Unmeasured) at(run(prober, "80-600"), 80);
    assertThat(port80.cause().raw())
        .containsAnyOf("loses too much", "positive control lost", "too unsteady", "too seldom");
  }

  @Test
  void rejectionOnceHeardSettlesThePort() throws Exception {
    Outcome rejected =
        new Outcome.Heard(
            PortState.FILTERED, Reason.PORT_UNREACHABLE, Optional.of(new Icmp(3, 3, TARGET)));
    ScriptedProber prober = new ScriptedProber((_, time) -> time >= 2 ? rejected : Outcome.SILENT);
    Measured port80 = (Measured) at(run(prober, "80-84"), 80);
    assertThat(port80.reason()).isEqualTo(Reason.PORT_UNREACHABLE);
    assertThat(port80.sent()).isEqualTo(2);
  }

  @Test
  void addressThatNeverAnswersHasNoPositiveControl() throws Exception {
    VantageReading reading = run(new ScriptedProber((_, _) -> Outcome.SILENT), "80-100");
    assertThat(at(reading, 80))
        .isEqualTo(measured(PortState.FILTERED, Reason.NO_RESPONSE, 5, 5, false));
    assertThat(controls(reading, Kind.POSITIVE))
        .singleElement()
        .satisfies(c -> {
          assertThat(c.holds()).isFalse();
          assertThat(c.port()).isZero();
        });
  }

  @Test
  void negativeControlThatResetsServesAsCanary() throws Exception {
    ScriptedProber prober =
        new ScriptedProber((port, _) -> port >= 49152 ? Outcome.REFUSED : Outcome.SILENT);
    VantageReading reading = run(prober, "80-100");
    assertThat(controls(reading, Kind.POSITIVE))
        .isNotEmpty()
        .allMatch(c -> c.holds() && c.port() >= 49152);
    String told = controls(reading, Kind.NEGATIVE).toString();
    assertThat(prober.asked.keySet().stream().filter(port -> port >= 49152))
        .hasSize(20)
        .allMatch(port -> told.contains(port.toString()));
  }

  @Test
  void windowWhoseCanariesFailIsVoidAndRepeated() throws Exception {
    AtomicInteger attempts = new AtomicInteger();
    // Everything falls silent for a while; what was silent then is asked again.
    AtomicLong fellSilent = new AtomicLong(-1);
    QuickTimeline timeline = new QuickTimeline();
    ScriptedProber prober =
        new ScriptedProber(
            (_, _) -> {
              if (attempts.incrementAndGet() == 60) {
                fellSilent.set(timeline.nanos());
              }
              long since = timeline.nanos() - fellSilent.get();
              return fellSilent.get() < 0 || since > 3_000_000_000L
                  ? Outcome.REFUSED
                  : Outcome.SILENT;
            },
            timeline);
    VantageReading reading = run(prober, "1000-1199");
    assertThat(reading.readings().getFirst().runs())
        .allSatisfy(
            run -> assertThat(((Measured) run.observation()).state()).isEqualTo(PortState.CLOSED));
    assertThat(controls(reading, Kind.POSITIVE)).allMatch(Control::holds);
  }

  @Test
  void addressThatStopsAnsweringIsUnmeasured() throws Exception {
    AtomicInteger attempts = new AtomicInteger();
    ScriptedProber prober =
        new ScriptedProber((port, _) ->
            attempts.incrementAndGet() <= 30
                ? (port == 1000 ? Outcome.OPEN : Outcome.REFUSED)
                : Outcome.SILENT);
    VantageReading reading = run(prober, "1001-1199");
    assertThat(reading.readings().getFirst().runs())
        .allSatisfy(run ->
            assertThat(((Unmeasured) run.observation()).cause().raw())
                .startsWith("positive control lost: port "));
    assertThat(controls(reading, Kind.POSITIVE)).anyMatch(c -> !c.holds());
  }

  @Test
  void everythingOpenFailsTheNegativeControl() throws Exception {
    VantageReading reading = run(new ScriptedProber((_, _) -> Outcome.OPEN), "80");
    assertThat(controls(reading, Kind.NEGATIVE)).hasSize(2).noneMatch(Control::holds);
  }

  /// Of the four ports that nobody should offer, asked in this order, those that connect.
  private static List<Control> negative(Integer... connect) throws Exception {
    List<Integer> high = new ArrayList<>();
    ScriptedProber prober =
        new ScriptedProber((port, _) -> {
          if (port >= 49152 && !high.contains(port)) {
            high.add(port);
          }
          boolean connects = port == 80 || List.of(connect).contains(high.indexOf(port));
          return connects ? Outcome.OPEN : Outcome.SILENT;
        });
    List<Control> controls = controls(run(prober, "80"), Kind.NEGATIVE);
    assertThat(high).hasSize(4);
    assertThat(controls).hasSize(2);
    return controls;
  }

  @Test
  void oneOfEachPairThatConnectsFailsTheNegativeControl() throws Exception {
    assertThat(negative(0, 2)).noneMatch(Control::holds);
    assertThat(negative(1)).allMatch(Control::holds);
  }

  @Test
  void noPortIsAskedTooOften() throws Exception {
    ScriptedProber prober =
        new ScriptedProber((port, _) -> port == 22 || port == 80 ? Outcome.OPEN : Outcome.SILENT);
    run(prober, "22, 80, 1000-1100");
    assertThat(prober.asked(22)).isEqualTo(1);
    assertThat(prober.asked(80)).isBetween(2, 25);
  }

  @Test
  void lackOfSocketsIsTriedAgain() throws Exception {
    ScriptedProber prober =
        new ScriptedProber(
            (_, time) -> time <= 2 ? new Outcome.Fault("no socket left", true) : Outcome.REFUSED);
    assertThat(at(run(prober, "80-90"), 80))
        .isEqualTo(measured(PortState.CLOSED, Reason.RESET, 1, 1, false));
  }

  @Test
  void faultOfOursIsNoPortState() throws Exception {
    ScriptedProber prober = new ScriptedProber((_, _) -> new Outcome.Fault("no route", false));
    assertThat(at(run(prober, "80"), 80)).isInstanceOf(Unmeasured.class);
    assertThat(prober.asked(80)).isEqualTo(1);
  }

  @Test
  void cancelledBatchSendsNoMoreAndTellsWhatItKnows() throws Exception {
    AtomicLong settled = new AtomicLong();
    Progress progress =
        new Progress() {
          @Override
          public void settled(String vantage, long ports) {
            settled.addAndGet(ports);
          }

          @Override
          public boolean cancelled() {
            return settled.get() > 0;
          }
        };
    ScriptedProber prober = new ScriptedProber((_, _) -> Outcome.REFUSED);
    VantageReading reading = run(prober, target(TARGET, "1000-9999"), progress);
    assertThat(reading.probesSent()).isLessThan(2000);
    assertThat(reading.readings().getFirst().runs())
        .anyMatch(run -> run.observation() instanceof Measured)
        .anyMatch(run ->
            run.observation() instanceof Unmeasured u && u.cause().raw().equals("interrupted"));
  }

  @Test
  void refusalsThatNoOpenPortConfirmedAreNotToldOfACancelledBatch() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    Progress progress =
        new Progress() {
          @Override
          public void settled(String vantage, long ports) {}

          @Override
          public boolean cancelled() {
            return asked.get() > 60;
          }
        };
    // Every port is open; whoever asked thirty times is refused from then on.
    ScriptedProber prober =
        new ScriptedProber(
            (_, _) -> asked.incrementAndGet() <= 30 ? Outcome.OPEN : Outcome.REFUSED);

    VantageReading reading = run(prober, target(TARGET, "1000-9999"), progress);

    assertThat(reading.readings().getFirst().runs())
        .anyMatch(run -> run.observation() instanceof Measured m && m.state() == PortState.OPEN)
        .noneMatch(run -> run.observation() instanceof Measured m && m.state() == PortState.CLOSED);
  }

  @Test
  void progressCountsEveryPortOnce() throws Exception {
    AtomicLong settled = new AtomicLong();
    Progress progress =
        new Progress() {
          @Override
          public void settled(String vantage, long ports) {
            settled.addAndGet(ports);
          }

          @Override
          public boolean cancelled() {
            return false;
          }
        };
    run(
        new ScriptedProber((port, _) -> port % 2 == 0 ? Outcome.SILENT : Outcome.REFUSED),
        target(TARGET, "1000-1999"),
        progress);
    assertThat(settled).hasValue(1000);
  }

  /// Nobody at these addresses can tell what arrives.
  private static Progress unwatched(BooleanSupplier when) {
    return overseen(() -> new Oversight(when.getAsBoolean() ? Set.of(TARGET) : Set.of(), Set.of()));
  }

  private static Progress overseen(Supplier<Oversight> oversight) {
    return new Progress() {
      @Override
      public void settled(String vantage, long ports) {}

      @Override
      public boolean cancelled() {
        return false;
      }

      @Override
      public Oversight oversight() {
        return oversight.get();
      }
    };
  }

  private static int askedOften(ScriptedProber prober) {
    return (int) prober.asked.values().stream().filter(times -> times.get() > 2).count();
  }

  @Test
  void whereNobodyAnswersOrWatchesAFewPortsStandForAll() throws Exception {
    ScriptedProber prober = new ScriptedProber((_, _) -> Outcome.SILENT);

    VantageReading reading =
        run(prober, target(TARGET, "80, 443, 30000-32767"), unwatched(() -> true));

    assertThat(prober.asked(80)).isEqualTo(5);
    assertThat(askedOften(prober)).isBetween(256, 300);
    assertThat(prober.asked.values()).allMatch(times -> times.get() >= 2);
    // Fewer than make a silence that anybody may believe.
    assertThat(reading.readings().getFirst().runs())
        .hasSize(3)
        .extracting(PortRun::observation)
        .containsOnly(measured(PortState.FILTERED, Reason.NO_RESPONSE, 2, 2, false));
  }

  @Test
  void whereSomebodyWatchesEveryPortIsAskedUntilItsSilenceCounts() throws Exception {
    ScriptedProber prober = new ScriptedProber((_, _) -> Outcome.SILENT);

    VantageReading reading = run(prober, target(TARGET, "30000-32767"), unwatched(() -> false));

    assertThat(askedOften(prober)).isGreaterThanOrEqualTo(2768);
    assertThat(reading.readings().getFirst().runs())
        .allMatch(run -> run.observation() instanceof Measured);
  }

  @Test
  void openPortThatMayNotBeAskedAgainIsStillToldFromAProxy() throws Exception {
    ScriptedProber prober =
        new ScriptedProber((port, _) -> port == 22 ? Outcome.OPEN : Outcome.SILENT);

    VantageReading reading = run(prober, target(TARGET, "22, 30000-32767"), unwatched(() -> true));

    assertThat(controls(reading, Kind.NEGATIVE))
        .extracting(Control::phase)
        .containsExactly(Phase.BEFORE, Phase.AFTER);
    assertThat(controls(reading, Kind.NEGATIVE)).allMatch(Control::holds);
    assertThat(askedOften(prober)).isBetween(256, 300);
  }

  @Test
  void watcherThatDiesMeanwhileSparesTheRest() throws Exception {
    ScriptedProber prober = new ScriptedProber((_, _) -> Outcome.SILENT);

    run(
        prober,
        target(TARGET, "30000-32767"),
        unwatched(() -> prober.asked.values().stream().anyMatch(times -> times.get() > 1)));

    assertThat(askedOften(prober)).isBetween(256, 500);
  }

  @Test
  void answerThatComesLateMakesEverySilenceWorthAskingFor() throws Exception {
    ScriptedProber prober =
        new ScriptedProber((port, time) ->
            (port == 30123 && time > 1) || port > 40000 ? Outcome.REFUSED : Outcome.SILENT);

    VantageReading reading = run(prober, target(TARGET, "30000-32767"), unwatched(() -> true));

    assertThat(reading.readings().getFirst().runs())
        .allMatch(run -> run.observation() instanceof Measured);
    assertThat(at(reading, 30123))
        .isInstanceOfSatisfying(
            Measured.class, m -> assertThat(m.state()).isEqualTo(PortState.CLOSED));
  }

  @Test
  void nothingMoreIsSentWhereNobodyCanTellHowFullTrackingIs() throws Exception {
    ScriptedProber prober =
        new ScriptedProber((port, _) -> port % 2 == 0 ? Outcome.REFUSED : Outcome.SILENT);

    VantageReading reading =
        run(
            prober,
            target(TARGET, "30000-32767"),
            overseen(() ->
                new Oversight(Set.of(), prober.asked.size() < 500 ? Set.of() : Set.of(TARGET))));

    assertThat(prober.asked).hasSizeBetween(500, 1500);
    assertThat(reading.readings().getFirst().runs())
        .noneMatch(
            run -> run.observation() instanceof Measured m && m.state() == PortState.FILTERED)
        .anyMatch(run ->
            run.observation() instanceof Unmeasured u
                && u.cause().raw().startsWith("the agent on the node is gone"));
    assertThat(controls(reading, Kind.POSITIVE)).anyMatch(c -> !c.holds());
  }

  /// The third is to tell whether an open port is steady.
  @Test
  void answerToWhatWasGivenUpMeanwhileTellsNothing() throws Exception {
    QuickTimeline timeline = new QuickTimeline();
    int[] asked = {0};
    Prober prober =
        (_, port, patience, sink) -> {
          int time = port == 80 ? ++asked[0] : 0;
          Outcome outcome = time == 0 ? Outcome.REFUSED : time == 1 ? Outcome.SILENT : Outcome.OPEN;
          long takes = time == 1 ? patience.toNanos() : time < 3 ? 1_000_000 : 50_000_000;
          timeline.in(takes, () -> sink.accept(new Answer(outcome, 1000)));
        };
    Progress left =
        overseen(() -> new Oversight(Set.of(), asked[0] < 3 ? Set.of() : Set.of(TARGET)));
    ProbeOrder order =
        new ProbeOrder("here", List.of(target(TARGET, "80-400")), PACE, 1, false, 100_000);

    VantageReading reading =
        new Batch(order, Map.of(Protocol.TCP, prober), true, new Semaphore(1000), timeline, left)
            .run();

    assertThat(asked[0]).isEqualTo(3);
    assertThat(at(reading, 80)).isEqualTo(measured(PortState.OPEN, Reason.SYN_ACK, 2, 1, false));
  }

  @Test
  void entriesAreSharedWhereSilenceProvesNothing() throws Exception {
    ScriptedProber prober = new ScriptedProber((_, _) -> Outcome.SILENT);
    ProbeOrder order =
        new ProbeOrder("here", List.of(target(TARGET, "30000-30999")), PACE, 1, false, 800);

    batch(order, prober, unwatched(() -> true)).run();

    assertThat(prober.askedAgain.values().stream().mapToInt(Integer::intValue).sum())
        .isGreaterThan(1000);
  }

  @Test
  void someAddressesAreNeverAsked() throws Exception {
    for (String refused :
        List.of(
            "224.0.0.1",
            "255.255.255.255",
            "0.0.0.0",
            "0.1.2.3",
            "169.254.169.254",
            "ff02::1",
            "fe80::1",
            "::")) {
      ScriptedProber prober = new ScriptedProber((_, _) -> Outcome.OPEN);
      VantageReading reading =
          run(prober, target(InetAddress.ofLiteral(refused), "80"), Progress.SILENT);
      assertThat(((Unmeasured) at(reading, 80)).cause().raw()).startsWith("refused to probe ");
      assertThat(prober.asked(80)).isZero();
      assertThat(reading.probesSent()).isZero();
    }
  }

  @Test
  void loopbackIsAskedOnlyByItself() throws Exception {
    InetAddress loopback = InetAddress.ofLiteral("127.0.0.1");
    ScriptedProber prober = new ScriptedProber((_, _) -> Outcome.REFUSED);
    assertThat(at(run(prober, target(loopback, "80"), Progress.SILENT), 80))
        .isInstanceOf(Measured.class);
    ProbeOrder mixed =
        new ProbeOrder(
            "here",
            List.of(target(loopback, "80"), target(TARGET, "80")),
            PACE,
            1,
            false,
            Integer.MAX_VALUE);
    VantageReading reading = batch(mixed, prober, Progress.SILENT).run();
    assertThat(at(reading, 80)).isInstanceOf(Unmeasured.class);
  }

  @Test
  void protocolWithoutAProberIsUnmeasured() throws Exception {
    Target udp =
        new Target(
            Optional.empty(), TARGET, Protocol.UDP, PortSet.of(53), PortSet.NONE, PortSet.NONE);
    assertThat(at(run(new ScriptedProber((_, _) -> Outcome.OPEN), udp, Progress.SILENT), 53))
        .isInstanceOf(Unmeasured.class);
  }
}
