package io.k8sfw.reporters;

import dev.harrel.jsonschema.JsonNode;
import dev.harrel.jsonschema.JsonNodeFactory;
import dev.harrel.jsonschema.SimpleType;
import dev.harrel.jsonschema.Validator;
import dev.harrel.jsonschema.ValidatorFactory;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import tools.jackson.databind.json.JsonMapper;

/// Validates against `results.schema.json`. The validator knows Jackson 2 only; this shows it
/// Jackson 3's trees.
final class Schema {
  private static final JsonMapper PLAIN = JsonMapper.shared();

  private Schema() {}

  /// What is wrong with `json`, one line an error.
  static List<String> errors(String json) {
    Validator.Result result =
        new ValidatorFactory()
            .withJsonNodeFactory(new Factory())
            .validate(ResultsJson.schema(), json);
    return result.getErrors().stream()
        .map(e -> e.getInstanceLocation() + " " + e.getEvaluationPath() + " " + e.getError())
        .toList();
  }

  private static final class Factory implements JsonNodeFactory {
    @Override
    public JsonNode wrap(Object node) {
      return node instanceof JsonNode done
          ? done
          : new Tree((tools.jackson.databind.JsonNode) node, "");
    }

    @Override
    public JsonNode create(String json) {
      return new Tree(PLAIN.readTree(json), "");
    }
  }

  private record Tree(tools.jackson.databind.JsonNode node, String pointer) implements JsonNode {
    @Override
    public String getJsonPointer() {
      return pointer;
    }

    @Override
    public SimpleType getNodeType() {
      return switch (node.getNodeType()) {
        case OBJECT -> SimpleType.OBJECT;
        case ARRAY -> SimpleType.ARRAY;
        case STRING -> SimpleType.STRING;
        case BOOLEAN -> SimpleType.BOOLEAN;
        case NUMBER -> node.isIntegralNumber() ? SimpleType.INTEGER : SimpleType.NUMBER;
        default -> SimpleType.NULL;
      };
    }

    @Override
    public boolean asBoolean() {
      return node.booleanValue();
    }

    @Override
    public String asString() {
      return node.asString();
    }

    @Override
    public BigInteger asInteger() {
      return node.bigIntegerValue();
    }

    @Override
    public BigDecimal asNumber() {
      return node.decimalValue();
    }

    @Override
    public List<JsonNode> asArray() {
      return IntStream.range(0, node.size())
          .<JsonNode>mapToObj(i -> new Tree(node.get(i), pointer + "/" + i))
          .toList();
    }

    @Override
    public Map<String, JsonNode> asObject() {
      Map<String, JsonNode> fields = new LinkedHashMap<>();
      for (String name : node.propertyNames()) {
        fields.put(
            name, new Tree(node.get(name), pointer + "/" + JsonNode.encodeJsonPointer(name)));
      }
      return fields;
    }
  }
}
