package io.k8sfw.reporters;

import gg.jte.Content;
import gg.jte.TemplateOutput;
import io.k8sfw.model.Untrusted;
import java.util.Collection;
import java.util.List;

/// The only way into HTML. What could act is made visible, markup is escaped for the place where it
/// stands (by jte), and the text is isolated so that its direction ends where it ends.
///
/// @param visible of [Untrusted#visible]; not yet escaped
record HtmlText(String visible) implements Content {
  /// Nobody reads more of one field.
  private static final int SHOWN = 1000;

  static HtmlText of(String text) {
    return new HtmlText(Untrusted.of(text).visible(SHOWN));
  }

  /// Cut to what [Untrusted#visible] shows.
  static HtmlText of(Untrusted text) {
    return new HtmlText(text.visible());
  }

  static List<HtmlText> all(Collection<String> texts) {
    return texts.stream().map(HtmlText::of).toList();
  }

  @Override
  public void writeTo(TemplateOutput output) {
    output.writeContent("<bdi>");
    output.writeUserContent(visible);
    output.writeContent("</bdi>");
  }
}
