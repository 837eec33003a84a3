package io.k8sfw.probes.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.k8sfw.model.PortRange;
import io.k8sfw.model.Protocol;
import io.k8sfw.observation.Observation.Measured;
import io.k8sfw.observation.PortRun;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.observation.TargetReading;
import io.k8sfw.probes.agent.AgentProtocol.Reply;
import io.k8sfw.vantage.Progress;
import io.k8sfw.vantage.Vantage;
import io.k8sfw.vantage.VantageReading;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Whatever an agent does, it costs its own checks and one line, and is gone.
@Timeout(120)
class HostileAgentsTests {
  private static final Limits IMPATIENT = Agents.impatient(Duration.ofSeconds(2));

  private static final Duration SOME_SECONDS = Duration.ofSeconds(5);

  @AfterEach
  void nothingIsLeft() {
    assertThat(ProcessHandle.current().descendants()).isEmpty();
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.startsWith("agent-"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "exit 7 ~ the agent ended (exit code 7)",
        "echo >&2; echo ' no such host\t' >&2; exit 255 ~ the agent ended (exit code 255): \"no such host\"",
        "printf '\\033[2J\\007' >&2; exit 1 ~ the agent ended (exit code 1): \"␛[2J␇\"",
        "echo Welcome to worker-1; sleep 1000 ~ the agent failed: it sent something else than a message: \"Welcome to worker-1\"",
        "head -c 1000000000 /dev/zero | tr '\\0' x ~ the agent failed: it sent a line of more than 262144 bytes",
        "head -c 10000 /dev/zero | tr '\\0' '['; echo; sleep 1000 ~ the agent failed: it sent something else than a message: \"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[…\"",
        "printf '{\"id\":0,\"bo' ~ the agent failed: it ended within a line (exit code 0)",
        "yes '{\"id\":0,\"body\":{\"type\":\"Beat\"}}' ~ the agent failed: it talks without end",
        "yes '{\"id\":5,\"list\":0,\"items\":[1,2,3]}' ~ the agent failed: it sent more than there is to say",
        "cat /dev/urandom ~ the agent failed: it sent something else than a message: ",
      })
  void whatIsNoAgentIsSaidInOneLine(String script, String cause) {
    assertThatThrownBy(
            () -> ProcessVantage.start("far", "here", Agents.script(script), Agents.LIMITS))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(cause)
        .message()
        .hasLineCount(1);
  }

  @Test
  void noSuchProgramIsSaid() {
    assertThatThrownBy(
            () -> ProcessVantage.start("far", "here", List.of("/no/such/tool"), Agents.LIMITS))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("/no/such/tool");
  }

  @Test
  void whoeverDoesNotSayHelloIsNotWaitedFor() {
    Limits limits =
        new Limits(
            Agents.LIMITS.addresses(),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            Duration.ofMinutes(1));
    assertThatThrownBy(() ->
            ProcessVantage.start("far", "here", Agents.script("trap '' TERM; sleep 1000"), limits))
        .hasMessage("waited 1 s for the agent's hello");
  }

  @Test
  void anotherVersionIsRefused() {
    String hello = Agents.text(0, Agents.hello(99, "9.9"));
    assertThatThrownBy(() ->
            ProcessVantage.start(
                "far",
                "here",
                Agents.script("printf '%s' '" + hello + "'; sleep 1000"),
                Agents.LIMITS))
        .hasMessageStartingWith("the agent is of version 9.9, protocol 99; this is ");
  }

  @Test
  void whatAnAgentDoesAfterItsHelloFailsEverythingFromThenOn() throws Exception {
    try (Vantage far = start("read question; echo 'core dumped' >&2; exit 9", Agents.LIMITS)) {
      String cause = "the agent ended (exit code 9): \"core dumped\"";
      assertThatThrownBy(() -> probe(far)).isInstanceOf(IOException.class).hasMessage(cause);
      assertThatThrownBy(far::socketTable).hasMessage(cause);
      assertThatThrownBy(far::watchArrivals).hasMessage(cause);
      assertThat(far.tracking()).isEmpty();
    }
  }

  @Test
  void anAgentThatFallsSilentIsEnded() throws Exception {
    try (Vantage far = start("sleep 1000", IMPATIENT)) {
      assertThatThrownBy(() -> probe(far)).hasMessage("the agent said nothing for 2 s");
    }
  }

  @Test
  void aRealAgentThatIsStoppedInMidRunIsEndedAllTheSame() throws Exception {
    try (RemoteVantage far =
        ProcessVantage.start("far", "here", Agents.command(), Agents.impatient(SOME_SECONDS))) {
      assertThat(far.socketTable()).isPresent();
      ProcessHandle agent =
          ProcessHandle.current().children().filter(ProcessHandle::isAlive).findAny().orElseThrow();
      Process stop = new ProcessBuilder("kill", "-STOP", Long.toString(agent.pid())).start();
      assertThat(stop.waitFor()).isZero();

      assertThatThrownBy(() -> probe(far)).hasMessage("the agent said nothing for 5 s");
      assertThat(agent.onExit()).succeedsWithin(SOME_SECONDS.multipliedBy(10));
    }
  }

  @Test
  void anAgentThatNeverAnswersIsEnded() throws Exception {
    String beat = Agents.text(0, new Reply.Beat());
    try (Vantage far = start("while printf '%s' '" + beat + "'; do sleep 0.2; done", IMPATIENT)) {
      assertThatThrownBy(far::socketTable).hasMessage("waited 2 s for an answer of the agent");
    }
  }

  @Test
  void anAnswerToAnotherQuestionIsNone() throws Exception {
    try (Vantage far = start(saying(2, new Reply.Watching(true)), Agents.LIMITS)) {
      assertThatThrownBy(() -> probe(far))
          .hasMessage("the agent answered something that was not asked");
    }
  }

  @Test
  void aReadingOfOtherPortsIsNone() throws Exception {
    for (PortRange ports :
        List.of(new PortRange(1, 2), new PortRange(80, 81), new PortRange(80, 80))) {
      try (Vantage far = start(saying(2, new Reply.Probed(reading(ports))), Agents.LIMITS)) {
        assertThatThrownBy(() -> far.probe(Agents.tcp(Agents.LOOPBACK, "80-82"), Progress.SILENT))
            .hasMessage("the agent's reading is not of what it was asked");
      }
    }
  }

  @Test
  void aReadingThatIsCutOffIsNone() throws Exception {
    String whole =
        Agents.text(2, new Reply.Probed(reading(new PortRange(80, 80)))).replace("\n", "");
    String half = whole.substring(0, whole.length() / 2);
    try (Vantage far = start("read q; printf '%s' '" + half + "'", Agents.LIMITS)) {
      assertThatThrownBy(() -> probe(far)).hasMessageContaining("it ended within a line");
    }
  }

  @Test
  void aListThatIsShorterThanItsCountIsNone() throws Exception {
    String pieces =
        "{\"id\":2,\"list\":0,\"items\":[]}\n"
            + "{\"id\":2,\"body\":{\"type\":\"Probed\",\"reading\":{\"readings\":{\"list\":0,\"count\":1},"
            + "\"controls\":[],\"paths\":[],\"probesSent\":1}}}\n";
    try (Vantage far = start("read q; printf '%s' '" + pieces + "'; sleep 1000", Agents.LIMITS)) {
      assertThatThrownBy(() -> probe(far))
          .hasMessageContaining("it sent something else than a message");
    }
  }

  @Test
  void textOfAnAgentCannotAct() throws Exception {
    try (Vantage far =
        start(saying(2, new Reply.Failed("\u001b[31mred\nnext line\u202e")), Agents.LIMITS)) {
      assertThatThrownBy(() -> probe(far)).hasMessage("␛[31mred␊next line\\u{202e}");
    }
  }

  private static VantageReading reading(PortRange ports) {
    Measured open = new Measured(PortState.OPEN, Reason.SYN_ACK, Optional.empty(), 1, 1, false);
    return new VantageReading(
        List.of(
            new TargetReading(
                "far", Agents.LOOPBACK, Protocol.TCP, List.of(new PortRun(ports, open, 100)))),
        List.of(),
        List.of(),
        1);
  }

  private static String saying(long id, Reply reply) {
    return "read q; printf '%s' '" + ascii(Agents.text(id, reply)) + "'; sleep 1000";
  }

  /// Escaped as JSON may be: in the C locale nothing else gets through an argument.
  private static String ascii(String json) {
    return json.chars()
        .mapToObj(c -> c < 0x80 ? String.valueOf((char) c) : String.format("\\u%04x", c))
        .collect(Collectors.joining());
  }

  private static Vantage start(String afterOpening, Limits limits) throws IOException {
    return ProcessVantage.start("far", "here", Agents.scriptAfterOpening(afterOpening), limits);
  }

  private static VantageReading probe(Vantage vantage) throws Exception {
    return vantage.probe(Agents.tcp(Agents.LOOPBACK, "80"), Progress.SILENT);
  }
}
