package io.k8sfw.reporters;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.k8sfw.evaluate.Grade;
import io.k8sfw.evaluate.Severity;
import io.k8sfw.evaluate.Sighting;
import io.k8sfw.evaluate.Verdict;
import io.k8sfw.inventory.Agent;
import io.k8sfw.inventory.NodePortService.TrafficPolicy;
import io.k8sfw.inventory.Scope;
import io.k8sfw.inventory.VantagePoint;
import io.k8sfw.matrix.AddressScope;
import io.k8sfw.matrix.Condition;
import io.k8sfw.matrix.Expectation;
import io.k8sfw.matrix.Facts;
import io.k8sfw.model.AddressClass;
import io.k8sfw.model.AddressText;
import io.k8sfw.model.PortSet;
import io.k8sfw.model.Protocol;
import io.k8sfw.model.Untrusted;
import io.k8sfw.model.Zone;
import io.k8sfw.observation.Control;
import io.k8sfw.observation.Observation;
import io.k8sfw.observation.PortState;
import io.k8sfw.observation.Reason;
import io.k8sfw.observation.VantageReport;
import io.k8sfw.result.AuditResult;
import io.k8sfw.result.Fingerprint;
import io.k8sfw.result.Outcome;
import java.net.InetAddress;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.annotation.JsonDeserialize;
import tools.jackson.databind.annotation.JsonSerialize;
import tools.jackson.databind.module.SimpleModule;

/// How the values of the model look in `results.json`: words for enums, text for addresses, ports
/// and times, and a `type` where a value is one of several kinds.
final class ResultsModule extends SimpleModule {
  private static final long serialVersionUID = 1L;

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Observation.Measured.class, name = "measured"),
    @JsonSubTypes.Type(value = Observation.Unmeasured.class, name = "unmeasured")
  })
  interface ObservationTypes {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "of")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Scope.OfRule.class, name = "rule"),
    @JsonSubTypes.Type(value = Scope.OfZone.class, name = "zone"),
    @JsonSubTypes.Type(value = Scope.OfAddress.class, name = "address")
  })
  interface ScopeTypes {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Agent.Local.class, name = "local"),
    @JsonSubTypes.Type(value = Agent.Netns.class, name = "netns"),
    @JsonSubTypes.Type(value = Agent.Command.class, name = "command"),
    @JsonSubTypes.Type(value = Agent.Ssh.class, name = "ssh"),
    @JsonSubTypes.Type(value = Agent.Pod.class, name = "pod"),
    @JsonSubTypes.Type(value = Agent.Offline.class, name = "offline")
  })
  interface AgentTypes {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Verdict.Compliant.class, name = "compliant"),
    @JsonSubTypes.Type(value = Verdict.Finding.class, name = "finding"),
    @JsonSubTypes.Type(value = Verdict.ClosedUnproven.class, name = "closed-unproven"),
    @JsonSubTypes.Type(value = Verdict.Unverified.class, name = "unverified"),
    @JsonSubTypes.Type(value = Verdict.NotJudged.class, name = "not-judged")
  })
  interface VerdictTypes {}

  /// A 64-bit number would lose digits in every consumer that reads numbers as doubles.
  interface SeedAsText {
    @JsonSerialize(using = SeedWriter.class)
    @JsonDeserialize(using = SeedReader.class)
    long seed();
  }

  ResultsModule() {
    super("k8sfw-results");
    setMixInAnnotation(Observation.class, ObservationTypes.class);
    setMixInAnnotation(Scope.class, ScopeTypes.class);
    setMixInAnnotation(Agent.class, AgentTypes.class);
    setMixInAnnotation(Verdict.class, VerdictTypes.class);
    setMixInAnnotation(AuditResult.Run.class, SeedAsText.class);
    text(Untrusted.class, Untrusted::raw, Untrusted::of);
    text(Zone.class, Zone::name, Zone::new);
    text(Protocol.class, Protocol::name, Protocol::new);
    text(PortSet.class, PortSet::toString, ResultsModule::ports);
    text(InetAddress.class, AddressText::of, InetAddress::ofLiteral);
    text(Instant.class, Instant::toString, ResultsModule::instant);
    text(Fingerprint.class, Fingerprint::hex, Fingerprint::new);
    text(Grade.class, Grade::name, Grade::valueOf);
    words();
  }

  private void words() {
    word(PortState.class, PortState::word);
    word(TrafficPolicy.class, TrafficPolicy::word);
    for (Class<? extends Enum<?>> type :
        List.<Class<? extends Enum<?>>>of(
            AddressClass.class,
            AddressScope.class,
            Condition.Holds.class,
            Control.Kind.class,
            Control.Phase.class,
            Expectation.class,
            Facts.Provenance.class,
            Outcome.class,
            Reason.class,
            Severity.class,
            Sighting.class,
            VantagePoint.Fidelity.class,
            VantageReport.Capability.class,
            Verdict.Deviation.class,
            Verdict.Kind.class)) {
      word(type, ResultsModule::dashed);
    }
  }

  /// `NO_RESPONSE` as `no-response`.
  static String dashed(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static PortSet ports(String text) {
    return text.equals(PortSet.NONE.toString()) ? PortSet.NONE : PortSet.parse(text);
  }

  private static Instant instant(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException("not a time such as 2026-01-02T03:04:05Z", e);
    }
  }

  private <T> void word(Class<T> type, Function<? super T, String> word) {
    text(
        type,
        word::apply,
        wanted -> {
          for (T value : type.getEnumConstants()) {
            if (word.apply(value).equals(wanted)) {
              return value;
            }
          }
          throw new IllegalArgumentException("not one of the words for this field");
        });
  }

  private <T> void text(Class<T> type, Function<T, String> write, Function<String, T> read) {
    addSerializer(type, new TextWriter<>(type, write));
    addDeserializer(type, new TextReader<>(type, read));
  }

  private static class TextWriter<T> extends ValueSerializer<T> {
    private final Class<T> type;
    private final Function<T, String> write;

    TextWriter(Class<T> type, Function<T, String> write) {
      this.type = type;
      this.write = write;
    }

    @Override
    public Class<?> handledType() {
      return type;
    }

    @Override
    public void serialize(T value, JsonGenerator out, SerializationContext context) {
      out.writeString(write.apply(value));
    }
  }

  private static class TextReader<T> extends ValueDeserializer<T> {
    private final Class<T> type;
    private final Function<String, T> read;

    TextReader(Class<T> type, Function<String, T> read) {
      this.type = type;
      this.read = read;
    }

    @Override
    @SuppressWarnings("unchecked") // every path of handleUnexpectedToken and its kin throws
    public T deserialize(JsonParser in, DeserializationContext context) {
      if (in.currentToken() != JsonToken.VALUE_STRING) {
        return (T) context.handleUnexpectedToken(type, in);
      }
      String text = in.getString();
      try {
        return read.apply(text);
      } catch (IllegalArgumentException e) {
        throw context.weirdStringException(text, type, String.valueOf(e.getMessage()));
      }
    }
  }

  private static final class SeedWriter extends TextWriter<Long> {
    SeedWriter() {
      super(Long.class, String::valueOf);
    }
  }

  private static final class SeedReader extends TextReader<Long> {
    SeedReader() {
      super(Long.class, Long::valueOf);
    }
  }
}
