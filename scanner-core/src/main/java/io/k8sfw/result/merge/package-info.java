/// Results of one matrix, taken at different places and times, become one. Pure.
@NullMarked
package io.k8sfw.result.merge;

import org.jspecify.annotations.NullMarked;
