"""MotionCam's raw recordings (.mcraw): container, packed samples, and what the phone says."""
