/** A certificate that nobody vouches for, with its key: for tests of TLS failures only. */
export const selfSigned = {
  key: [
    '-----BEGIN PRIVATE KEY-----',
    'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgZmUKET1kZxQKFhaj',
    'J9zkQmlhWy4CZo3HWtGW34oniWyhRANCAAQWeO5EFdO+k0LNIFNTrtBsWOavVHs7',
    'vfTIvBhmMLvdkLa0PEHceJuOsn9LgMsdJjzqdt3Yu3xOTlVTT82ckovE',
    '-----END PRIVATE KEY-----',
  ].join('\n'),
  cert: [
    '-----BEGIN CERTIFICATE-----',
    'MIIBmjCCAUGgAwIBAgIUWSwEIP88zntoDQwflIx/8UAYzUIwCgYIKoZIzj0EAwIw',
    'FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTA3MTk1OVoYDzIxMjYxMDI4',
    'MDcxOTU5WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO',
    'PQMBBwNCAAQWeO5EFdO+k0LNIFNTrtBsWOavVHs7vfTIvBhmMLvdkLa0PEHceJuO',
    'sn9LgMsdJjzqdt3Yu3xOTlVTT82ckovEo28wbTAdBgNVHQ4EFgQUDEMDDU4EgM8F',
    'PI+kUrCQTVMLXWkwHwYDVR0jBBgwFoAUDEMDDU4EgM8FPI+kUrCQTVMLXWkwDwYD',
    'VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI',
    'zj0EAwIDRwAwRAIgY0bEp3D37EH4VqnEUNtW5qhkzSGm4awR8uHb3zHhb7sCIGGi',
    'F1xT9cHC1UY9f40M5mIiEhQ2sNUYyrnpucsxne9P',
    '-----END CERTIFICATE-----',
  ].join('\n'),
};
