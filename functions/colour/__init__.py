"""Camera records, tags, AMF steps and looks turned into kernel steps with an error bound."""
