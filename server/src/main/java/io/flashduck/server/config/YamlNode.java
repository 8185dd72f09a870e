package io.flashduck.server.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/**
 * A node of a YAML file that remembers its line, so that every message can name it. Scalars keep
 * the text that was written; anchors, aliases, repeated names and a second document are refused.
 *
 * <p>Threading: immutable.
 */
sealed interface YamlNode permits YamlNode.Scalar, YamlNode.Sequence, YamlNode.Mapping {
  /** A larger file is surely not a configuration. */
  int MAX_BYTES = 4 << 20;

  int line();

  /** What the node is, for a message: {@code a list}. */
  String kind();

  /** A single value; {@code present} is false for a name with nothing behind it. */
  record Scalar(int line, String text, boolean present) implements YamlNode {
    @Override
    public String kind() {
      return present ? "a single value" : "nothing";
    }
  }

  /** A list. */
  record Sequence(int line, List<YamlNode> items) implements YamlNode {
    public Sequence {
      items = List.copyOf(items);
    }

    @Override
    public String kind() {
      return "a list";
    }
  }

  /** Names and values, in the order of the file; {@code lines} has the line of each name. */
  record Mapping(int line, Map<String, YamlNode> values, Map<String, Integer> lines)
      implements YamlNode {
    @Override
    public String kind() {
      return "a group of names";
    }

    int lineOf(String name) {
      return lines.getOrDefault(name, line);
    }
  }

  /**
   * The top-level names of that file; an empty file has none.
   *
   * @throws YamlSyntaxException if it cannot be read or is not such a file
   */
  static Mapping read(Path file) {
    return parse(file.toString(), readText(file));
  }

  /**
   * The text of that file.
   *
   * @throws YamlSyntaxException if it cannot be read, is too large or no UTF-8
   */
  static String readText(Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new YamlSyntaxException(file + ": larger than " + ByteSize.format(MAX_BYTES));
      }
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (CharacterCodingException e) {
      throw new YamlSyntaxException(file + ": not UTF-8 text; save it as UTF-8", e);
    } catch (IOException e) {
      throw new YamlSyntaxException(file + ": cannot be read (" + describe(e) + ")", e);
    }
  }

  /** The same of a text; {@code label} is the file's name for messages. */
  static Mapping parse(String label, String text) {
    try (YAMLParser parser = new YAMLFactory().createParser(text)) {
      if (parser.nextToken() == null) {
        return new Mapping(1, Map.of(), Map.of());
      }
      YamlNode root = new Reader(label, parser).node();
      if (parser.nextToken() != null) {
        throw new YamlSyntaxException(
            label + ":" + line(parser) + ": a second document; keep everything in one");
      }
      if (root instanceof Mapping mapping) {
        return mapping;
      }
      if (root instanceof Scalar scalar && !scalar.present()) {
        return new Mapping(1, Map.of(), Map.of());
      }
      throw new YamlSyntaxException(
          label + ":" + root.line() + ": expected names and values, found " + root.kind());
    } catch (JsonProcessingException e) {
      throw new YamlSyntaxException(label + ":" + describe(e), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String describe(IOException e) {
    return e.getClass().getSimpleName().replace("Exception", "");
  }

  private static String describe(JsonProcessingException e) {
    Throwable cause = e.getCause();
    if (cause instanceof MarkedYAMLException marked && marked.getProblemMark() != null) {
      return marked.getProblemMark().getLine()
          + 1
          + ": not valid YAML: "
          + marked.getProblem().lines().findFirst().orElse("");
    }
    int line = e.getLocation() == null ? 1 : Math.max(1, e.getLocation().getLineNr());
    return line + ": not valid YAML: " + e.getOriginalMessage().lines().findFirst().orElse("");
  }

  private static int line(JsonParser parser) {
    return Math.max(1, parser.currentTokenLocation().getLineNr());
  }

  /** Builds nodes from the tokens of one parser. */
  final class Reader {
    private final String label;
    private final YAMLParser parser;

    private Reader(String label, YAMLParser parser) {
      this.label = label;
      this.parser = parser;
    }

    private YamlNode node() throws IOException {
      if (parser.isCurrentAlias() || parser.getObjectId() != null) {
        throw new YamlSyntaxException(
            label + ":" + line(parser) + ": anchors and aliases are not supported; write it out");
      }
      JsonToken token = parser.currentToken();
      return switch (token) {
        case START_OBJECT -> mapping();
        case START_ARRAY -> sequence();
        default -> scalar(token);
      };
    }

    private YamlNode scalar(JsonToken token) throws IOException {
      String text = parser.getText();
      boolean present = token != JsonToken.VALUE_NULL;
      return new Scalar(line(parser), text == null ? "" : text, present);
    }

    private YamlNode sequence() throws IOException {
      int line = line(parser);
      List<YamlNode> items = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        items.add(node());
      }
      return new Sequence(line, items);
    }

    private YamlNode mapping() throws IOException {
      int line = line(parser);
      Map<String, YamlNode> values = new LinkedHashMap<>();
      Map<String, Integer> lines = new LinkedHashMap<>();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        int nameLine = line(parser);
        parser.nextToken();
        if (values.put(name, node()) != null) {
          throw new YamlSyntaxException(
              label + ":" + nameLine + ": '" + name + "' is given twice; keep one");
        }
        lines.put(name, nameLine);
      }
      return new Mapping(line, values, lines);
    }
  }
}
