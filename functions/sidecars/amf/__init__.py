"""ACES Metadata Files; their values are in `functions.contract.amf`."""
