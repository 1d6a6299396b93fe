<#import "logout-layout.ftl" as layout>
<@layout.page heading=msg("errorTitle") icon="error" flow=true>
  <div id="kc-error-message">
    <p role="alert">${kcSanitize(message.summary)?no_esc}</p>
    <#if traceId??>
    <p class="sso-quiet" id="traceId">${msg("traceIdSupportMessage", traceId)}</p>
    </#if>
    <#if !skipLink?? && (client.baseUrl)?has_content>
    <div class="sso-actions">
      <@layout.link id="backToApplication" href=client.baseUrl label=msg("backToApp", layout.clientName()) primary=true/>
    </div>
    </#if>
  </div>
</@layout.page>
