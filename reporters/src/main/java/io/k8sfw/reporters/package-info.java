/// A finished audit in, text out: one class a format, and one encoder a sink.
@NullMarked
package io.k8sfw.reporters;

import org.jspecify.annotations.NullMarked;
