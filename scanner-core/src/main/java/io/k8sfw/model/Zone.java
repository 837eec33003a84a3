package io.k8sfw.model;

import java.util.regex.Pattern;

/// A named group of places that traffic comes from or goes to: a node role (`worker`) or a place
/// outside (`end-user`).
///
/// @param name lower case letters, digits and dashes, at most 63 characters
public record Zone(String name) implements Comparable<Zone> {
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,62}");

  public static final Zone CONTROL_PLANE = new Zone("control-plane");
  public static final Zone WORKER = new Zone("worker");
  public static final Zone ETCD = new Zone("etcd");
  public static final Zone INGRESS = new Zone("ingress");
  public static final Zone END_USER = new Zone("end-user");
  public static final Zone API_CLIENT = new Zone("api-client");
  public static final Zone CLUSTER_ADMIN = new Zone("cluster-admin");
  public static final Zone POD = new Zone("pod");
  public static final Zone EXTERNAL = new Zone("external");

  public Zone {
    if (!isName(name)) {
      throw new IllegalArgumentException("not a zone name: " + name);
    }
  }

  /// Whether `text` could name a zone; says nothing about whether anyone declared it.
  public static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  @Override
  public int compareTo(Zone other) {
    return name.compareTo(other.name);
  }

  @Override
  public String toString() {
    return name;
  }
}
