"""Documents that cameras write into and beside their movies: Sony's XML and RTMD, ARRI's JSON."""
