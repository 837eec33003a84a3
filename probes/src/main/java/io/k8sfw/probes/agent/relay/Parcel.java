package io.k8sfw.probes.agent.relay;

import java.util.Base64;
import java.util.Map;

/// What one side has in its ConfigMap: the next piece of all that it says, and how far it has taken
/// what the other side says.
///
/// @param number of this piece, from 1; 0 before anything was said
/// @param content in base64, at most [#MOST_BYTES] in itself; empty as soon as it was taken
/// @param digest SHA-256 of everything that was said so far, this piece included, in hex
/// @param taken the last number of the other side that was taken
/// @param last whether nothing follows
public record Parcel(long number, String content, String digest, long taken, boolean last) {
  /// A ConfigMap holds 1 MiB at the most (Kubernetes, "ConfigMaps"), and etcd keeps every version
  /// of it for five minutes (kube-apiserver, `--etcd-compaction-interval`): at a write a second
  /// that is 26 MiB, of an agent that never stops talking.
  static final int MOST_BYTES = 64 << 10;

  /// Before anything was said.
  public static final Parcel NONE = new Parcel(0, "", "", 0, false);

  private static final int MOST_CHARACTERS = 4 * ((MOST_BYTES + 2) / 3);
  private static final String NUMBER = "number";
  private static final String CONTENT = "content";
  private static final String DIGEST = "digest";
  private static final String TAKEN = "taken";
  private static final String LAST = "last";

  /// @param data of a ConfigMap: hostile text. One without any is [#NONE]
  /// @throws BrokenRelayException where it is no parcel
  public static Parcel of(Map<String, String> data) throws BrokenRelayException {
    if (data.isEmpty()) {
      return NONE;
    }
    String content = data.getOrDefault(CONTENT, "");
    if (content.length() > MOST_CHARACTERS) {
      throw new BrokenRelayException("a piece of more than " + MOST_BYTES + " bytes came");
    }
    try {
      Parcel parcel =
          new Parcel(
              Long.parseLong(data.getOrDefault(NUMBER, "")),
              content,
              data.getOrDefault(DIGEST, ""),
              Long.parseLong(data.getOrDefault(TAKEN, "")),
              Boolean.parseBoolean(data.get(LAST)));
      parcel.bytes();
      return parcel;
    } catch (IllegalArgumentException e) {
      throw new BrokenRelayException("what is in the ConfigMap was not written by an agent", e);
    }
  }

  /// For a ConfigMap: nothing in it needs quoting in JSON.
  public Map<String, String> data() {
    return Map.of(
        NUMBER, Long.toString(number),
        CONTENT, content,
        DIGEST, digest,
        TAKEN, Long.toString(taken),
        LAST, Boolean.toString(last));
  }

  byte[] bytes() {
    return Base64.getDecoder().decode(content);
  }
}
