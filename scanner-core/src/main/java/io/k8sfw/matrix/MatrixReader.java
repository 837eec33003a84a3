package io.k8sfw.matrix;

import io.k8sfw.input.InvalidInputException;
import io.k8sfw.input.Problem;
import io.k8sfw.input.Sha256;
import io.k8sfw.input.YamlFields;
import io.k8sfw.input.YamlReader;
import io.k8sfw.input.YamlValue;
import io.k8sfw.matrix.MatrixUnion.Member;
import io.k8sfw.model.Zone;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedSet;
import java.util.TreeMap;

/// Reads a matrix file. `docs/matrix.md` describes the format.
public final class MatrixReader {
  static final int MAX_RULES = 10_000;
  private static final int VERSION = 1;

  private MatrixReader() {}

  /// @param source the file as the user named it, or `builtin:NAME`
  /// @throws InvalidInputException with everything that is wrong with the file
  public static Matrix read(String source, byte[] bytes) throws InvalidInputException {
    return member(source, bytes).matrix();
  }

  /// Several files as one matrix: later ones add to those before them.
  ///
  /// @param files the bytes of each, by its name, in order; at least one
  /// @throws InvalidInputException with everything that is wrong with each of them, or, where
  ///   nothing is, with what they contradict each other in
  public static Matrix readAll(SequencedMap<String, byte[]> files) throws InvalidInputException {
    List<Member> members = new ArrayList<>();
    List<Problem> problems = new ArrayList<>();
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      try {
        members.add(member(file.getKey(), file.getValue()));
      } catch (InvalidInputException e) {
        problems.addAll(e.problems());
      }
    }
    if (!problems.isEmpty()) {
      throw new InvalidInputException(problems);
    }
    return MatrixUnion.of(members);
  }

  private static Member member(String source, byte[] bytes) throws InvalidInputException {
    YamlValue root = YamlReader.read(source, bytes);
    YamlFields fields =
        root.fields("matrix", "version", "zones", "aliases", "policy", "watch", "rules");
    String name = fields.require("matrix").map(MatrixReader::name).orElse("");
    fields.require("version").ifPresent(MatrixReader::requireVersion);
    ZoneWords words = words(fields);
    StatedPolicy policy = fields.get("policy").map(PolicyReader::read).orElse(StatedPolicy.NOTHING);
    List<ProtocolPorts> watch = fields.get("watch").map(Ports::readList).orElse(List.of());
    List<Rule> rules = fields.require("rules").map(v -> rules(v, words)).orElse(List.of());
    root.problems().throwIfAny();
    return new Member(
        new Matrix(name, VERSION, source, Sha256.of(bytes), rules, policy.policy(), watch, words),
        policy);
  }

  private static String name(YamlValue value) {
    String name = value.text().orElse("");
    if (!name.isEmpty() && !name.matches("[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}")) {
      value.reject(
          YamlValue.quote(name)
              + " is not a name; write letters, digits, spaces, dots, dashes and underscores, at"
              + " most 63");
    }
    return name;
  }

  private static void requireVersion(YamlValue value) {
    Optional<String> version = value.text();
    if (version.isPresent() && !version.get().equals(Integer.toString(VERSION))) {
      value.reject(
          YamlValue.quote(version.get())
              + " is not a version that this program reads; write "
              + VERSION);
    }
  }

  private static ZoneWords words(YamlFields fields) {
    Map<String, SortedSet<Zone>> declared = new TreeMap<>();
    for (YamlValue item : fields.get("zones").map(YamlValue::items).orElse(List.of())) {
      declare(item, declared);
    }
    ZoneWords zones = ZoneWords.BUILT_IN.with(declared);
    Map<String, SortedSet<Zone>> aliases = new TreeMap<>();
    fields
        .get("aliases")
        .map(YamlValue::entries)
        .orElse(Map.of())
        .forEach((word, value) -> alias(word, value, zones, aliases));
    return zones.with(aliases);
  }

  private static void declare(YamlValue value, Map<String, SortedSet<Zone>> declared) {
    Optional<String> text = value.text();
    if (text.isEmpty()) {
      return;
    }
    String name = text.get();
    if (!Zone.isName(name) || !ZoneWords.canonical(name).equals(name)) {
      value.reject(
          YamlValue.quote(name)
              + " is not a zone name; write lower-case letters, digits and single dashes, a letter"
              + " first, at most 63");
      return;
    }
    Optional<SortedSet<Zone>> taken = ZoneWords.BUILT_IN.zones(name);
    if (taken.isPresent()) {
      value.reject(
          YamlValue.quote(name) + " already means " + Zones.list(taken.get()) + "; leave it out");
    } else if (declared.put(name, Zones.of(new Zone(name))) != null) {
      value.reject(YamlValue.quote(name) + " is declared twice");
    }
  }

  private static void alias(
      String word, YamlValue value, ZoneWords zones, Map<String, SortedSet<Zone>> aliases) {
    String canonical = ZoneWords.canonical(word);
    if (!word.matches("[A-Za-z0-9][A-Za-z0-9 ._&()/-]{0,62}")) {
      value.reject(
          YamlValue.quote(word)
              + " is not a word for a zone; write letters, digits, spaces and dashes, at most 63");
    } else if (isZoneItself(canonical, zones)) {
      value.reject(YamlValue.quote(word) + " names a zone itself; an alias cannot change that");
    } else if (aliases.put(canonical, Zones.read(value, zones)) != null) {
      value.reject(YamlValue.quote(word) + " has the meaning of another alias already");
    }
  }

  private static boolean isZoneItself(String word, ZoneWords zones) {
    return Zone.isName(word)
        && zones.zones(word).filter(meant -> meant.contains(new Zone(word))).isPresent();
  }

  private static List<Rule> rules(YamlValue value, ZoneWords words) {
    List<YamlValue> items = value.items();
    if (items.size() > MAX_RULES) {
      value.reject("has " + items.size() + " rules; at most " + MAX_RULES + " are read");
      return List.of();
    }
    if (items.isEmpty() && value.isSequence()) {
      value.reject("is empty; a matrix has at least one rule");
    }
    RuleReader reader = new RuleReader(words);
    Map<String, String> pathOfId = new HashMap<>();
    List<Rule> rules = new ArrayList<>();
    for (YamlValue item : items) {
      reader.read(item, pathOfId).ifPresent(rules::add);
    }
    new Contradictions(pathOfId, value.problems()).report(rules);
    return rules;
  }
}
