package io.k8sfw.input;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// Makes nodes of the parser's events, and refuses what we do not read.
///
/// Events are used, not the library's own nodes, because those have resolved aliases and types
/// already.
final class YamlTree {
  private static final int MAX_DEPTH = 20;

  /// In UTF-16 units.
  private static final int MAX_SCALAR = 4096;

  private final String file;
  private final Problems problems;
  private final Iterator<Event> events;

  private YamlTree(String file, Iterator<Event> events) {
    this.file = file;
    this.problems = new Problems(file);
    this.events = events;
  }

  static YamlValue parse(String file, String text) throws InvalidInputException {
    LoadSettings settings = LoadSettings.builder().setLabel(file).build();
    YamlTree tree = new YamlTree(file, new Parse(settings).parseString(text).iterator());
    try {
      return new YamlValue(tree.document(), YamlPath.ROOT, tree.problems);
    } catch (MarkedYamlEngineException e) {
      tree.addSyntax(e);
    } catch (YamlEngineException e) {
      tree.add(SourcePosition.wholeFile(file), YamlPath.ROOT, "is not YAML: " + e.getMessage());
    }
    tree.problems.throwIfAny();
    throw new IllegalStateException("a syntax error is a problem");
  }

  private void addSyntax(MarkedYamlEngineException e) {
    SourcePosition where =
        e.getProblemMark()
            .or(e::getContextMark)
            .map(this::place)
            .orElse(SourcePosition.wholeFile(file));
    String context = e.getContext() == null ? "" : e.getContext() + ", ";
    add(where, YamlPath.ROOT, "is not YAML: " + context + e.getProblem());
  }

  private YamlNode document() throws InvalidInputException {
    YamlNode root = new YamlNode.Broken(SourcePosition.wholeFile(file));
    boolean read = false;
    while (events.hasNext()) {
      Event event = events.next();
      switch (event.getEventId()) {
        case StreamStart, DocumentEnd, StreamEnd, Comment -> {}
        case DocumentStart -> {
          if (read) {
            add(place(event), YamlPath.ROOT, "a second document starts here; one is read");
            return root;
          }
        }
        default -> {
          root = node(event, YamlPath.ROOT, 1);
          read = true;
        }
      }
    }
    if (!read) {
      add(root.where(), YamlPath.ROOT, "is empty");
    }
    return root;
  }

  /// Stops at what is too deep, instead of passing over it: the parser's time grows with the square
  /// of the depth.
  private YamlNode node(Event event, YamlPath path, int depth) throws InvalidInputException {
    if (event instanceof AliasEvent) {
      return broken(event, path, "aliases (*name) are not read; write the value out");
    }
    refuseDecoration((NodeEvent) event, path);
    if (event instanceof ScalarEvent scalar) {
      return scalar(scalar, path);
    }
    if (depth > MAX_DEPTH) {
      add(place(event), path, "is deeper than " + MAX_DEPTH + " levels; nothing after it was read");
      problems.throwIfAny();
    }
    return event instanceof SequenceStartEvent
        ? sequence(event, path, depth)
        : mapping((MappingStartEvent) event, path, depth);
  }

  private void refuseDecoration(NodeEvent event, YamlPath path) {
    if (event.getAnchor().isPresent()) {
      add(place(event), path, "anchors (&name) are not read; leave it out");
    }
    Optional<String> tag =
        switch (event) {
          case ScalarEvent s -> s.getTag();
          case CollectionStartEvent c -> c.getTag();
          default -> Optional.empty();
        };
    if (tag.isPresent()) {
      add(place(event), path, "tags (!name) are not read; leave it out");
    }
  }

  private YamlNode scalar(ScalarEvent event, YamlPath path) {
    String text = event.getValue();
    if (text.length() > MAX_SCALAR) {
      String size = "has " + text.length() + " characters";
      return broken(event, path, size + "; a value has at most " + MAX_SCALAR);
    }
    return new YamlNode.Scalar(place(event), text, event.isPlain());
  }

  private YamlNode sequence(Event start, YamlPath path, int depth) throws InvalidInputException {
    List<YamlNode> items = new ArrayList<>();
    for (Event next = events.next(); !isEnd(next); next = events.next()) {
      items.add(node(next, path.index(items.size()), depth + 1));
    }
    return new YamlNode.Sequence(place(start), items);
  }

  private YamlNode mapping(MappingStartEvent start, YamlPath path, int depth)
      throws InvalidInputException {
    Map<String, YamlNode.Entry> entries = new LinkedHashMap<>();
    for (Event next = events.next(); !isEnd(next); next = events.next()) {
      Optional<String> key = key(next, path, depth);
      YamlPath valuePath = key.map(path::key).orElse(path);
      YamlNode value = node(events.next(), valuePath, depth + 1);
      if (key.isEmpty()) {
        continue;
      }
      var entry = new YamlNode.Entry(place(next), key.get(), value);
      YamlNode.Entry first = entries.putIfAbsent(key.get(), entry);
      if (first != null) {
        add(place(next), valuePath, "is written twice, first on line " + first.keyAt().line());
      }
    }
    return new YamlNode.Mapping(place(start), List.copyOf(entries.values()));
  }

  /// Empty when the key was refused.
  private Optional<String> key(Event event, YamlPath path, int depth) throws InvalidInputException {
    YamlNode node = node(event, path, depth + 1);
    if (node instanceof YamlNode.Scalar(var where, var text, var plain)) {
      if (plain && text.equals("<<")) {
        add(where, path, "merge keys (<<) are not read; write the keys out");
        return Optional.empty();
      }
      return Optional.of(text);
    }
    if (!(node instanceof YamlNode.Broken)) {
      add(node.where(), path, "a list or mapping cannot be a key");
    }
    return Optional.empty();
  }

  private static boolean isEnd(Event event) {
    return switch (event.getEventId()) {
      case SequenceEnd, MappingEnd -> true;
      default -> false;
    };
  }

  private YamlNode broken(Event event, YamlPath path, String message) {
    add(place(event), path, message);
    return new YamlNode.Broken(place(event));
  }

  private void add(SourcePosition where, YamlPath path, String message) {
    problems.add(new Problem(where, path.toString(), message));
  }

  private SourcePosition place(Event event) {
    return event.getStartMark().map(this::place).orElse(SourcePosition.wholeFile(file));
  }

  /// The library counts from 0, editors from 1.
  private SourcePosition place(Mark mark) {
    return new SourcePosition(file, mark.getLine() + 1, mark.getColumn() + 1);
  }
}
