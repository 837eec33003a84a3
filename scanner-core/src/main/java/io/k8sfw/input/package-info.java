/// Reading what a person wrote: positions, problems, limits. All problems are found before any is
/// reported.
@NullMarked
package io.k8sfw.input;

import org.jspecify.annotations.NullMarked;
