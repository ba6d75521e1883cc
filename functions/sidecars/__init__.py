"""What travels beside a clip, as values: bytes in, values out, bytes out. No I/O.

    AMF   functions.contract.amf (values); amf/ reads, applies, writes, explains
    CDL   cdl/ (.cc, .ccc, .cdl)
    FDL   fdl/ (values, geometry, drawing)
    MHL   mhl/ (values, digests)

Nothing is imported here: lxml costs 15 ms and asc-fdl 120 ms, each is paid for by who reads
such a file.
"""
