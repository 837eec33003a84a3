package io.k8sfw.vantage;

/// What may be taken of connection tracking tables, by the word of somebody who reads them. It
/// counts from the moment it is heard of; what was left of the one before is lost.
///
/// @param number tells one from another: the next is higher
/// @param entries more that attempts may take until there is another, 0 or more;
///   [Integer#MAX_VALUE] where nobody reads any table
public record Allowance(long number, int entries) {
  /// Nobody reads any table.
  public static final Allowance UNLIMITED = new Allowance(0, Integer.MAX_VALUE);

  public Allowance {
    if (entries < 0) {
      throw new IllegalArgumentException("nobody allows less than nothing: " + entries);
    }
  }
}
