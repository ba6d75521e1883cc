"""What travels beside a clip, as values: bytes in, values out, bytes out. No I/O.

    AMF   functions.contract.amf (values), amf_read, amf_apply, amf_write, amf_explain
    CDL   cdl (.cc, .ccc, .cdl)
    FDL   fdl (values), fdl_read, fdl_geometry, fdl_draw

Nothing is imported here: lxml costs 15 ms and asc-fdl 120 ms, each is paid for by who reads
such a file.
"""
