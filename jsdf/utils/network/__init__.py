"""Networks: proxies, certificates, and what addresses and errors must not show."""
