from tests.vendor import vendor, vendor_process

__all__ = ["vendor", "vendor_process"]
